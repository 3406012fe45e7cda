// Who of several equals has his turn, and who has more than his share already. By weight; equal weights are equal shares.

/**
 * Multiples of the golden ratio, modulo 1, spread as evenly over [0, 1) as any sequence does, and so does every n-th of
 * them: models that count their turns together do not fall into step with each other.
 */
const goldenRatio = 0.618_033_988_749_894_9;

/**
 * The weights lie as arcs round a circle, and the turn is a point of it: first comes the arc that holds the point, then
 * those behind it. One number each, the smallest first. INVARIANT: no two are ever equal.
 */
export function turnsOf(weights: readonly number[], turn: number): readonly number[] {
  const total = sum(weights);
  const point = (turn * goldenRatio) % 1;
  let end = 0;
  return weights.map((weight) => {
    end += weight;
    const distance = end / total - point;
    return distance > 0 ? distance : distance + 1;
  });
}

/** A quarter above its share is room for chance; at low load, where a share is less than one request, so is one more. */
const headroom = 1.25;

/**
 * Whether one more request would be clearly more than an endpoint's share of all that are in flight: bounded loads
 * (Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads"). INVARIANT: one of them is never full.
 */
export function fullOf(
  loads: readonly { readonly weight: number; readonly inFlight: number }[],
): readonly boolean[] {
  const total = sum(loads.map(({ weight }) => weight));
  const next = sum(loads.map(({ inFlight }) => inFlight)) + 1;
  return loads.map(({ weight, inFlight }) => inFlight > Math.ceil((headroom * next * weight) / total));
}

function sum(values: readonly number[]): number {
  return values.reduce((before, value) => before + value, 0);
}

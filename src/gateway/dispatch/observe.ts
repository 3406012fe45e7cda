// What an upstream's bytes are worth: held back until they prove to be an answer.
import { concatBytes, type MonotonicClock } from "../../base/index.ts";
import { UpstreamError } from "../../providers/index.ts";
import { StreamPace } from "../../routing/index.ts";
import { type SseEvent, SseParser } from "../../wire/index.ts";
import type { AttemptWatch } from "./attempt-watch.ts";
import { AttemptError, ofUpstream, tooSlow } from "./failure.ts";

/** An error that is only told needs no more. */
const maxErrorBytes = 64 * 1024;
/** What may come after an answer is read for its connection's sake, and not for long. */
const maxDrainMs = 1_000;

interface EventLimits {
  readonly maxEventBytes: number;
  /** How long an answer that has begun may pause. */
  readonly idleTimeoutMs: number;
  /** So many events are to come in so much waiting; 0 asks for none. */
  readonly leastStreamEvents: number;
  readonly slowStreamMs: number;
  readonly now: MonotonicClock;
}

/**
 * The events of a stream, those of one read together, to its end: a body left early costs its connection. Bytes before
 * the first event are bounded and so is the time, by the dispatch; afterwards the pause between two pieces is, of which
 * comments are some, and the pace is, of which they are none. Throws `garbage` for what is no events.
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  watch: AttemptWatch,
  { maxEventBytes, idleTimeoutMs, leastStreamEvents, slowStreamMs, now }: EventLimits,
): AsyncGenerator<readonly SseEvent[], void> {
  const parser = new SseParser(maxEventBytes);
  const least = { events: leastStreamEvents, inMs: slowStreamMs };
  const pace = leastStreamEvents > 0 ? new StreamPace(least) : null;
  const idle = new IdleLimit(watch, idleTimeoutMs);
  let heldBytes = 0;
  let hasBegun = false;
  try {
    for await (const bytes of body) {
      const events = parser.push(bytes);
      if (!events.ok) throw new UpstreamError("garbage");
      hasBegun ||= events.value.length > 0;
      heldBytes += bytes.length;
      if (!hasBegun && heldBytes >= maxEventBytes) throw new UpstreamError("garbage");
      idle.stop();
      if (pace?.isTooSlow(events.value.length, now()) === true) throw new AttemptError(tooSlow);
      if (events.value.length > 0) yield events.value;
      if (!hasBegun) continue;
      idle.restart();
      pace?.ask(now());
    }
  } catch (error) {
    throw watch.failure ? watch.signal.reason : error;
  } finally {
    idle.stop();
  }
  const last = parser.end();
  if (last) yield [last];
}

interface BodyLimits {
  readonly maxBytes: number;
  readonly idleTimeoutMs: number;
  /** Counts what comes, and throws where there is no room for it. */
  readonly hold: (bytes: number) => void;
}

/** The whole body, bounded. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  watch: AttemptWatch,
  { maxBytes, idleTimeoutMs, hold }: BodyLimits,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const idle = new IdleLimit(watch, idleTimeoutMs);
  let size = 0;
  try {
    for await (const part of body) {
      idle.restart();
      size += part.length;
      if (size > maxBytes) throw new UpstreamError("garbage");
      hold(part.length);
      parts.push(part);
    }
  } catch (error) {
    throw watch.failure ? watch.signal.reason : error;
  } finally {
    idle.stop();
  }
  const [first] = parts;
  return first && parts.length === 1 ? first : concatBytes(parts);
}

/** As much of an error's body as says what it is; it never fails. */
export async function readErrorBody(
  body: AsyncIterable<Uint8Array>,
  watch: AttemptWatch,
  idleTimeoutMs: number,
): Promise<Uint8Array> {
  return readBody(body, watch, { maxBytes: maxErrorBytes, idleTimeoutMs, hold: () => undefined }).catch(
    () => new Uint8Array(),
  );
}

/** The answer is complete: what is left is read aside, so that its connection serves the next call, or is given up. */
export async function drainAside(rest: AsyncGenerator<unknown, void>, watch: AttemptWatch): Promise<void> {
  const timer = setTimeout(() => watch.fail(ofUpstream(new UpstreamError("stalled"))), maxDrainMs);
  try {
    while (!(await rest.next()).done);
  } catch {
    // Nothing after the end counts.
  } finally {
    clearTimeout(timer);
  }
}

/** Gives an answer up whose body is not wanted, which closes the connection under it. */
export async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}

/** Ends an attempt that has paused for too long. */
class IdleLimit {
  readonly #watch: AttemptWatch;
  readonly #limitMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(watch: AttemptWatch, limitMs: number) {
    this.#watch = watch;
    this.#limitMs = limitMs;
  }

  restart(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#watch.fail(ofUpstream(new UpstreamError("stalled"))), this.#limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

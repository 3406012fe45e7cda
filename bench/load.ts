import { Pool } from "undici";

export interface Sample {
  readonly latenciesMs: readonly number[];
  readonly elapsedMs: number;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly concurrency: number;
  readonly requests: number;
}

/** Sends `requests` calls from `concurrency` closed loops and reads every answer to its end. Throws on any status but 200. */
export async function run({ url, headers, body, concurrency, requests }: Load): Promise<Sample> {
  const pool = new Pool(new URL(url).origin, { connections: concurrency });
  const latenciesMs: number[] = [];
  let left = requests;
  const startedMs = performance.now();
  const loop = async (): Promise<void> => {
    while (left-- > 0) {
      const sentMs = performance.now();
      const answer = await pool.request({ path: "/v1/chat/completions", method: "POST", headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200)
        throw new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const elapsedMs = performance.now() - startedMs;
  await pool.close();
  return { latenciesMs, elapsedMs };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

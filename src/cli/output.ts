// The only writers to stdout and stderr. Results go to stdout, everything said about them to stderr.
import { once } from "node:events";

/** Resolves when the reader keeps up, so that a long listing holds no more than one chunk in memory. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
}

/** One JSON value on one line. */
export async function printJson(value: unknown): Promise<void> {
  await print(JSON.stringify(value));
}

export function complain(text: string): void {
  process.stderr.write(`bailiwick: ${text}\n`);
}

/** A line without our name in front: findings that editors and CI parse, log lines. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

import type { Validity } from "../../law/index.ts";

export function buildValidity({
  since,
  until,
}: {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}): Validity {
  return { fromMs: since ?? null, untilMs: until ?? null };
}

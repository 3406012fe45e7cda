// The date of an answer (RFC 9110 §6.6.1). State of the thread: the text of the newest second.
import type { InstantMs } from "../../base/index.ts";

let second = Number.NaN;
let text = "";

export function dateText(nowMs: InstantMs): string {
  const now = Math.floor(nowMs / 1_000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1_000).toUTCString();
  }
  return text;
}

import { elapsedMs, type MonotonicClock, type MonotonicMs } from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { exitAtOnce } from "../terminal/leave.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** One request to leave often arrives twice: from a terminal or a supervisor, and forwarded by npm. */
const sameRequestMs = 500;

/** The part of a process that hears signals. */
export interface Signals {
  on(signal: "SIGTERM" | "SIGINT", listener: (signal: NodeJS.Signals, number: number) => void): unknown;
}

interface ShutdownOptions {
  readonly signals?: Signals;
  readonly monotonicNow?: MonotonicClock;
  readonly leave?: (code: number) => void;
}

/**
 * Resolves at the first SIGTERM or SIGINT. A second request ends the process at once with the code that shells give to a
 * program which that signal ended: whoever asks twice does not want to wait for the drain.
 */
export async function shutdownRequest(
  terminal: Terminal,
  { signals = process, monotonicNow: now = monotonicNow, leave = exitAtOnce }: ShutdownOptions = {},
): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAtMs: MonotonicMs | null = null;
    const onSignal = (signal: NodeJS.Signals, number: number): void => {
      if (firstAtMs === null) {
        firstAtMs = now();
        resolve(signal);
        return;
      }
      if (elapsedMs(firstAtMs, now()) < sameRequestMs) return;
      terminal.complain(`${signal} again: leaving without draining`);
      leave(128 + number);
    };
    signals.on("SIGTERM", onSignal);
    signals.on("SIGINT", onSignal);
  });
}

/** What the shell is told of cells that ran: null when they left as asked, else why one failed. */
export function exitCodeAfter(terminal: Terminal, failure: string | null): ExitCode {
  if (failure === null) return exitCode.ok;
  terminal.complain(failure);
  return exitCode.defect;
}

/** Says why, and ends the process though a part of it does not end. */
export function endUndrained(terminal: Terminal): (reason: string) => void {
  return (reason) => {
    terminal.complain(reason);
    exitAtOnce(exitCode.defect);
  };
}

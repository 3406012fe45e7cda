import { complain } from "./output.ts";

/** A terminal's Ctrl-C reaches us twice under `npm start`: from the terminal itself and forwarded by npm. */
const sameKeystrokeMs = 300;

/**
 * Resolves at the first SIGTERM or SIGINT. A second one ends the process at once with the code that shells give to a
 * program which that signal ended: whoever asks twice does not want to wait for the drain.
 */
export async function shutdownRequest(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAtMs: number | null = null;
    const onSignal = (signal: NodeJS.Signals, number: number): void => {
      if (firstAtMs === null) {
        firstAtMs = performance.now();
        resolve(signal);
        return;
      }
      if (signal === "SIGINT" && performance.now() - firstAtMs < sameKeystrokeMs) return;
      complain(`${signal} again: leaving without draining`);
      process.exit(128 + number);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  });
}

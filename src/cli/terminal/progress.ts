import { visible } from "./visible.ts";
import type { Terminal } from "./terminal.ts";

/** A bar on stderr, redrawn in place. */
export interface Progress {
  readonly update: (done: number, total: number) => void;
  /** Removes the bar, so that what is printed next starts on a clean line. */
  readonly end: () => void;
}

const barWidth = 24;

/** Draws only where a person looks: on a pipe or in a log it does nothing. */
export function startProgress(terminal: Terminal, label: string): Progress {
  const { stderr } = terminal.streams;
  if (stderr.isTTY !== true) return { update() {}, end() {} };
  let shown = -1;
  return {
    update(done, total) {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      if (percent === shown) return;
      shown = percent;
      stderr.write(`\r${visible(label)} ${formatBar(percent)}`);
    },
    end() {
      stderr.write("\r\u001b[K");
    },
  };
}

function formatBar(percent: number): string {
  const filled = Math.round((percent / 100) * barWidth);
  return `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${String(percent).padStart(3)} %`;
}

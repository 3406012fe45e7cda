// A disk that takes its time: every sync of the cell takes a twentieth of a second more. Callers wait, and nothing is lost.
import { spawnSync } from "node:child_process";
import { Callers } from "./callers.ts";
import { judge } from "./judge.ts";
import type { Part, PartOptions } from "./part.ts";
import { Stage } from "./stage.ts";

const delayUs = 50_000;

export const slowDisk: Part = {
  name: "a slow disk",
  needs: "strace, and leave to trace",
  async run({ directory, seed, threads, requestsPerSecond, lengthMs, signal, onStage }: PartOptions) {
    if (!mayTrace()) return null;
    const stage = await Stage.set(directory, { wrapper: slowed, environment: {}, threads });
    onStage(stage);
    await stage.start();
    const callers = new Callers(
      { url: () => stage.url, journal: stage.journal, signal },
      { seed, loops: 8, requestsPerSecond },
    );
    await stage.rest(lengthMs, signal);
    await stage.stop();
    await callers.stop();
    await stage.verify();
    return judge(stage);
  },
};

/** `-D`: the cell is our own child, and hears our signals; who traces it is aside. */
const slowed =
  `strace -D -f --seccomp-bpf -qqq -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:delay_exit=${delayUs}`.split(
    " ",
  );

function mayTrace(): boolean {
  return spawnSync(slowed[0] ?? "", [...slowed.slice(1), "true"]).status === 0;
}

// A disk that takes its time: every sync of the cell takes a twentieth of a second more. Callers wait, nothing is lost, and what
// they are told goes on being sealed.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Callers } from "./callers.ts";
import { judge } from "./judge.ts";
import type { Part, PartOptions } from "./part.ts";
import { Stage } from "./stage.ts";
import { type Verdict, verdict } from "./verdict.ts";

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
    const before = checkpointsIn(stage.ledger);
    const sealsSoFar = (): number => checkpointsIn(stage.ledger) - before;
    await stage.rest(lengthMs, signal);
    const least = Math.max(1, Math.floor(lengthMs / mostSealMs));
    for (let waitedMs = 0; sealsSoFar() < least && waitedMs < patienceMs; waitedMs += 250)
      await stage.rest(250, signal);
    const sealed = judgeSeals(sealsSoFar(), least);
    await stage.stop();
    await callers.stop();
    await stage.verify();
    return [...(await judge(stage)), sealed];
  },
};

/** Of each log, one for each seal. */
function checkpointsIn(ledger: string): number {
  const logs = join(ledger, "log");
  return readdirSync(logs).reduce((sum, log) => sum + readdirSync(join(logs, log, "checkpoints")).length, 0);
}

/** A seal is due each half second, and one of a dozen syncs is over within one. The rest is for a machine that does other things too. */
const mostSealMs = 3_500;
/** Callers go on meanwhile. A log that they keep from being sealed is not sealed in any time. */
const patienceMs = 15_000;

function judgeSeals(seals: number, least: number): Verdict {
  const faults = seals < least ? [`${seals} seals while callers were answered, and ${least} at least`] : [];
  return verdict("what is answered is sealed, however slow the disk", { seals, least }, faults);
}

/** `-D`: the cell is our own child, and hears our signals; who traces it is aside. */
const slowed =
  `strace -D -f --seccomp-bpf -qqq -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:delay_exit=${delayUs}`.split(
    " ",
  );

function mayTrace(): boolean {
  return spawnSync(slowed[0] ?? "", [...slowed.slice(1), "true"]).status === 0;
}

// One writer for each ledger directory. A lock file names its process; that of a process that is gone is taken over.
// Its limits: processes must see each other under /proc (one machine, one pid namespace). A directory on a network
// file system, or one that two containers mount, needs its orchestrator to start one of them at a time.
// Whoever opens it owns its state.
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { makeDirectories } from "./make-directories.ts";

export class LedgerLockedError extends Error {
  constructor(path: string, holder: string) {
    const [processId = ""] = holder.split(" ");
    super(
      `\`${path}\` says that process ${processId} writes this ledger: two writers would fork the log; ` +
        `stop that process, or remove the file if no such process uses the directory`,
    );
    this.name = "LedgerLockedError";
  }
}

/** Returns what releases the lock. Throws {@link LedgerLockedError} while its holder lives. */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, "lock");
  // A state is for its owner alone; whoever publishes a log opens the way to it.
  makeDirectories(directory, 0o700);
  if (!tryCreate(path)) takeOver(path);
  return () => rmSync(path, { force: true });
}

/** Throws {@link LedgerLockedError} while its holder lives. */
export function requireUnlocked(directory: string): void {
  if (isLocked(directory))
    throw new LedgerLockedError(join(directory, "lock"), readHolder(join(directory, "lock")));
}

/** Whether a process that lives holds it at this moment. */
export function isLocked(directory: string): boolean {
  const path = join(directory, "lock");
  return existsSync(path) && isAlive(readHolder(path));
}

/** The lock holds our number from its first moment: a process that starts meanwhile would take an empty one for dead. */
function tryCreate(path: string): boolean {
  const mine = `${path}.${process.pid}.${threadId}.new`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}\n`);
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(mine);
  }
}

/** Of two that take over at once, one moves the dead lock away; the other finds a live one, and puts it back. */
function takeOver(path: string): void {
  const holder = readHolder(path);
  if (isAlive(holder)) throw new LedgerLockedError(path, holder);
  const moved = `${path}.${process.pid}.dead`;
  renameSync(path, moved);
  const isTheDeadOne = readHolder(moved) === holder;
  if (!isTheDeadOne) linkSync(moved, path);
  rmSync(moved);
  if (!isTheDeadOne || !tryCreate(path)) throw new LedgerLockedError(path, readHolder(path));
}

function readHolder(path: string): string {
  return readFileSync(path, "utf8").trim();
}

/** A lock without a number lost it when the power failed, so its holder is gone too. */
function isAlive(holder: string): boolean {
  const [processId = "", start] = holder.split(" ");
  return /^\d+$/.test(processId) && startOf(Number(processId)) === start;
}

/**
 * When the process began, in clock ticks since boot (proc(5), field 22): a number that was given to another process
 * since, also after a reboot, does not pass for the holder. Where there is no /proc, `alive` or `gone`.
 */
function startOf(processId: number): string {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
    // The second field is a name in parentheses and may hold anything, so fields are counted from its end.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "gone";
  } catch {
    return process.platform === "linux" ? "gone" : signalled(processId);
  }
}

function signalled(processId: number): string {
  try {
    process.kill(processId, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "alive" : "gone";
  }
}

/** What the shell is told (DESIGN §8). 70 is EX_SOFTWARE of sysexits.h, 64 is EX_USAGE. */
export const exitCode = {
  ok: 0,
  /** The check ran and something is wrong with what it looked at. */
  checkFailed: 1,
  /** The command could not run: a file is missing, unreadable or invalid, a port is taken. */
  unusableInput: 2,
  badUsage: 64,
  /** A defect of ours, or a ledger that can no longer be written. */
  defect: 70,
  /** What a shell shows for a program that SIGPIPE ended: the reader of our output left. */
  brokenPipe: 141,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

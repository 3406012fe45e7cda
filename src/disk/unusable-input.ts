/** The user can repair this: each line names the field, the value, the reason and the next step. Exit code 2. */
export class UnusableInputError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join("\n"), options);
    this.name = "UnusableInputError";
    this.lines = lines;
  }
}

/** Says what a failure of the operating system means to the user. Anything else is returned as it was. */
export function asUnusable(message: string, cause: unknown): unknown {
  const reason = systemReason(cause);
  return reason === null ? cause : new UnusableInputError([`${message}: ${reason}`], { cause });
}

/**
 * For opening what another room keeps: beside the operating system's failures, it says itself what it found missing or
 * damaged. An error of the language, such as a TypeError, is a defect of ours and is returned as it was.
 */
export function asUnusableState(subject: string, cause: unknown): unknown {
  const system = asUnusable(subject, cause);
  if (system !== cause || !(cause instanceof Error)) return system;
  if (cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError)
    return cause;
  return new UnusableInputError([`${subject}: ${cause.message}`], { cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file or folder"],
  ["EACCES", "permission denied; check its owner and mode"],
  ["EPERM", "operation not permitted; check its owner and mode"],
  ["EISDIR", "it is a folder; name a file"],
  ["ENOTDIR", "a part of the path is a file; name a folder"],
  ["EROFS", "the file system is read-only; choose another folder"],
  ["ENOSPC", "no space is left on the device"],
  ["EEXIST", "it exists already; choose another name"],
  ["EADDRINUSE", "the port is taken; stop what listens there, or choose another port"],
  ["EADDRNOTAVAIL", "no interface of this machine has that address; choose one that has"],
]);

function systemReason(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  if (!("syscall" in error)) return null;
  return reasons.get(error.code) ?? error.code;
}

import { join } from "node:path";
import { decodeUtf8, formatInstant, type InstantMs, toHex } from "../../../base/index.ts";
import { closest } from "../../../config/index.ts";
import { openSigningKey, sha256 } from "../../../keys/index.ts";
import {
  formatLegalEvent,
  isEventId,
  type LegalEvent,
  type LegalTarget,
  parseLegalEvent,
} from "../../../law/index.ts";
import { formatNote, type NoteSigner, parseNoteKey, signNote } from "../../../ledger/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { type LegalCell, openLegalCell, requireReadable } from "../../../cell/index.ts";
import { UnusableInputError, writeText } from "../../../disk/index.ts";
import { requireTarget } from "../../terminal/known-name.ts";
import type { Terminal } from "../../terminal/terminal.ts";

export interface EventFlags {
  readonly config: string;
  readonly key: string;
  readonly id: string;
  readonly from?: InstantMs;
  readonly until?: InstantMs;
  readonly json?: boolean;
}

type Suspension = Extract<LegalEvent, { readonly act: "suspend" }>;
type Lift = Extract<LegalEvent, { readonly act: "lift" }>;

export interface SuspendFlags extends EventFlags, Partial<Readonly<Record<LegalTarget["kind"], string>>> {
  readonly reason: Suspension["reason"];
}

export interface LiftFlags extends EventFlags {
  readonly reason: Lift["reason"];
}

export async function putSuspension(
  terminal: Terminal,
  flags: SuspendFlags,
  target: LegalTarget,
): Promise<ExitCode> {
  const cell = openLegalCell(flags.config);
  // A suspension of a name that nobody has would give a comfort that it does not deserve.
  requireTarget(cell.policy, target);
  const { id, reason } = flags;
  return put(terminal, flags, {
    cell,
    event: { act: "suspend", id, target, reason, validity: validityOf(flags) },
  });
}

export async function putLift(terminal: Terminal, flags: LiftFlags, lifts: string): Promise<ExitCode> {
  const cell = openLegalCell(flags.config);
  const held = cell.register.held.flatMap(({ event }) => (event.act === "suspend" ? [event.id] : []));
  if (!held.includes(lifts)) {
    const meant = closest(lifts, held);
    const hint = meant === null ? "" : `; did you mean \`${meant}\`?`;
    throw new UnusableInputError([
      `no suspension \`${lifts}\` is held there${hint}; \`bailiwick legal list\` shows those that are`,
    ]);
  }
  const { id, reason } = flags;
  return put(terminal, flags, {
    cell,
    event: { act: "lift", id, lifts, reason, validity: validityOf(flags) },
  });
}

async function put(
  terminal: Terminal,
  flags: EventFlags,
  { cell: { policy, register }, event }: { readonly cell: LegalCell; readonly event: LegalEvent },
): Promise<ExitCode> {
  requireNew(event.id, register);
  const text = formatLegalEvent({ deployment: policy.deployment, event });
  if (!parseLegalEvent(text).ok) {
    throw new UnusableInputError([
      "the event cannot be written: `--until` comes after `--from`, and names are plain",
    ]);
  }
  const note = formatNote({ text, signatures: [signNote(text, signerOf(flags.key, policy.eventKeys))] });
  const file = join(register.directory, `${event.id}.note`);
  writeText(file, decodeUtf8(note) ?? "", 0o600);
  if (flags.json)
    await terminal.printJson({ id: event.id, file, from: formatInstant(event.validity.fromMs ?? 0) });
  else
    await terminal.print(`${event.id}: signed, in \`${file}\`; copy it into the same folder of other cells`);
  return exitCode.ok;
}

function requireNew(id: string, { held }: LegalCell["register"]): void {
  if (!isEventId(id)) {
    throw new UnusableInputError([`id \`${id}\` is not lower-case letters, digits, \`-\` and \`_\``]);
  }
  if (held.some(({ event }) => event.id === id)) {
    throw new UnusableInputError([`id \`${id}\` was used; an event has one of its own, for good`]);
  }
}

function validityOf({ from, until }: EventFlags): LegalEvent["validity"] {
  return { fromMs: from ?? Date.now(), untilMs: until ?? null };
}

/** The name comes from the policy: that is who the cell takes the key for. */
function signerOf(file: string, vkeys: readonly string[]): NoteSigner {
  requireReadable(`key \`${file}\``, file);
  const signing = openSigningKey(file);
  for (const vkey of vkeys) {
    const key = parseNoteKey(sha256, vkey);
    if (key.ok && toHex(key.value.publicKey) === toHex(signing.publicKey)) {
      return { key: key.value, sign: (message) => signing.sign(message) };
    }
  }
  throw new UnusableInputError([
    `key \`${file}\` is none of the policy's \`law.event-keys\`; \`bailiwick legal key\` prints the line to add`,
  ]);
}

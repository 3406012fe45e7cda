import { join } from "node:path";
import { decodeUtf8, formatInstant, type InstantMs, parsePlace, toHex } from "../base/index.ts";
import { openSigningKey, sha256 } from "../keys/index.ts";
import {
  formatLegalEvent,
  isEventId,
  type LawPolicy,
  type LegalEvent,
  type LegalTarget,
  parseLegalEvent,
} from "../law/index.ts";
import { formatNote, type NoteSigner, parseNoteKey, signNote } from "../ledger/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { requireReadable } from "./file-text.ts";
import { type LegalCell, openLegalCell } from "./legal-cell.ts";
import { print, printJson } from "./output.ts";
import { UnusableInputError } from "./unusable-input.ts";
import { writeText } from "./written-file.ts";

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

export async function putSuspension(flags: SuspendFlags, target: LegalTarget): Promise<ExitCode> {
  const cell = openLegalCell(flags.config);
  requireKnown(target, cell.policy.law);
  const { id, reason } = flags;
  return put(cell, flags, { act: "suspend", id, target, reason, validity: validityOf(flags) });
}

export async function putLift(flags: LiftFlags, lifts: string): Promise<ExitCode> {
  const cell = openLegalCell(flags.config);
  const isHeld = cell.register.held.some(({ event }) => event.act === "suspend" && event.id === lifts);
  if (!isHeld) {
    throw new UnusableInputError([
      `no suspension \`${lifts}\` is held there; \`bailiwick legal list\` shows those that are`,
    ]);
  }
  const { id, reason } = flags;
  return put(cell, flags, { act: "lift", id, lifts, reason, validity: validityOf(flags) });
}

async function put({ policy, register }: LegalCell, flags: EventFlags, event: LegalEvent): Promise<ExitCode> {
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
  if (flags.json) await printJson({ id: event.id, file, from: formatInstant(event.validity.fromMs ?? 0) });
  else await print(`${event.id}: signed, in \`${file}\`; copy it into the same folder of other cells`);
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

/** A suspension of a name that nobody has would give a comfort that it does not deserve. */
function requireKnown({ kind, name }: LegalTarget, law: LawPolicy): void {
  const known = namesOf(kind, law);
  const isKnown = kind === "region" ? parsePlace(name).ok : known.has(name);
  if (isKnown) return;
  const listed = Array.from(known, (each) => `\`${each}\``).join(", ");
  const expected =
    kind === "region" ? "a place such as `DE` or `CA-QC`" : listed || "none: the policy has none";
  throw new UnusableInputError([`${kind} \`${name}\` is not in the policy; expected ${expected}`]);
}

function namesOf(kind: LegalTarget["kind"], law: LawPolicy): ReadonlySet<string> {
  switch (kind) {
    case "region":
      return new Set();
    case "operator":
      return new Set([...law.cells, ...law.endpoints].map(({ operator }) => operator.id));
    case "regime":
      return new Set(law.regimes.map(({ id }) => id));
    case "endpoint":
      return new Set(law.endpoints.map(({ id }) => id));
    case "mechanism":
      return new Set([
        ...law.mechanisms.flatMap(({ id, kind: declared }) => [id, declared]),
        ...law.regimes.flatMap(({ freeDestinations }) =>
          freeDestinations.map(({ instrument }) => instrument),
        ),
      ]);
    default:
      return kind satisfies never;
  }
}

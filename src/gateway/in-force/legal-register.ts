// Owner: the control thread. The signed legal events of a cell: one signed note a file in `<state>/legal/`. Whoever may write there puts one in;
// only a key that the policy names makes it count.
//
// A cell that starts reads them all before it serves, and does not start while one of them cannot be believed: the file
// may have been a suspension, and what it said is not known. A cell that runs takes up new files, sets those that it
// refuses aside under `.refused`, and forgets nothing that it holds when a file vanishes.
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail, type InstantMs, ok, type Result } from "../../base/index.ts";
import { makeDirectories } from "../../disk/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import { type LegalEvent, parseLegalEvent } from "../../law/index.ts";
import { ed25519Type, type NoteKey, parseNote, parseNoteKey, verifyNote } from "../../ledger/index.ts";
import type { HeldEvent } from "./held-events.ts";

/** Why a note is not taken up; the words are the log's. */
export type EventRefusal = "unreadable" | "malformed" | "unsigned" | "foreign" | "replayed" | "stale";

export interface SignedEvent extends HeldEvent {
  /** Name of the key. */
  readonly signer: string;
}

export interface RegisterOptions {
  readonly directory: string;
  readonly deployment: string;
  /** Verifier keys (C2SP signed-note, Ed25519) as the policy has them. */
  readonly keys: readonly string[];
}

export type EventArrival =
  | { readonly kind: "event"; readonly file: string; readonly signed: SignedEvent }
  | { readonly kind: "refused"; readonly refusal: EventRefusal };

/** Nobody knows what lies there: a suspension may, and would not be heard of. */
export class LegalFolderError extends Error {
  constructor(path: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    super(`\`${path}\` cannot be read (${code}), so legal events in it are not heard of; restore it`, {
      cause,
    });
    this.name = "LegalFolderError";
  }
}

const noteSuffix = ".note";
const maxNoteBytes = 16 * 1024;

/** Reads what the directory holds, and makes it where it is missing. Throws what asks for a person. */
export function openLegalRegister(options: RegisterOptions): LegalRegister {
  makeDirectories(options.directory, 0o700);
  const register = new LegalRegister(options, options.keys.map(readKey));
  register.readAll();
  return register;
}

export class LegalRegister {
  readonly directory: string;
  readonly #deployment: string;
  readonly #keys: readonly NoteKey[];
  readonly #held = new Map<string, SignedEvent>();
  readonly #known = new Set<string>();

  constructor({ directory, deployment }: RegisterOptions, keys: readonly NoteKey[]) {
    this.directory = directory;
    this.#deployment = deployment;
    this.#keys = keys;
  }

  get held(): readonly SignedEvent[] {
    return Array.from(this.#held.values());
  }

  readAll(): void {
    for (const file of this.#newFiles()) {
      const read = this.#read(file);
      if (!read.ok && !this.#isCopy(file)) {
        throw new Error(
          `legal event \`${file}\` is ${read.error}, so what it suspends is not known; ` +
            `restore it, or take it away if it never was in force`,
        );
      }
      if (read.ok) this.hold(file, read.value);
    }
  }

  /** What came since the last look. An event counts once it is held. */
  *arrivals(nowMs: InstantMs): Generator<EventArrival, void> {
    for (const file of this.#newFiles()) {
      // Read one by one: of two with one id, the second is a replay of the first.
      const read = this.#read(file);
      const current = read.ok && hasEnded(read.value.event, nowMs) ? fail("stale" as const) : read;
      if (!current.ok) this.#setAside(file);
      yield current.ok
        ? { kind: "event", file, signed: current.value }
        : { kind: "refused", refusal: current.error };
    }
  }

  hold(file: string, signed: SignedEvent): void {
    this.#known.add(file);
    this.#held.set(signed.event.id, signed);
  }

  #newFiles(): readonly string[] {
    const files = reading(this.directory, () => readdirSync(this.directory));
    const names = files.filter((name) => name.endsWith(noteSuffix));
    return names.filter((name) => !this.#known.has(name)).toSorted();
  }

  #read(file: string): Result<SignedEvent, EventRefusal> {
    const bytes = readBounded(join(this.directory, file));
    if (bytes === null) return fail("unreadable");
    const note = parseNote(bytes);
    const parsed = note.ok ? parseLegalEvent(note.value.text) : note;
    if (!note.ok || !parsed.ok) return fail("malformed");
    const signers = verifyNote(note.value, this.#keys, verifyEd25519);
    const [signer] = signers.ok ? signers.value : [];
    if (signer === undefined) return fail("unsigned");
    const { deployment, event } = parsed.value;
    if (deployment !== this.#deployment) return fail("foreign");
    // An id is used once. Otherwise an old suspension, or an old lift, could be put in again under a new name.
    if (this.#held.has(event.id)) return fail("replayed");
    return ok({ event, signer: signer.name, text: note.value.text });
  }

  /** A second file with the very text that is held already says nothing new. */
  #isCopy(file: string): boolean {
    const bytes = readBounded(join(this.directory, file));
    const note = bytes === null ? null : parseNote(bytes);
    return note?.ok === true && this.held.some(({ text }) => text === note.value.text);
  }

  /** If it cannot be moved it is still refused, and known as such until the process ends. */
  #setAside(file: string): void {
    this.#known.add(file);
    try {
      renameSync(join(this.directory, file), join(this.directory, `${file}.refused`));
    } catch {
      // The directory may be read-only.
    }
  }
}

function readKey(vkey: string): NoteKey {
  const key = parseNoteKey(sha256, vkey);
  if (!key.ok) throw new Error(`\`law.event-keys\`: ${key.error}`);
  if (key.value.type === ed25519Type) return key.value;
  throw new Error(`\`law.event-keys\`: the key \`${key.value.name}\` is a witness's, which signs no events`);
}

function hasEnded({ validity: { untilMs } }: LegalEvent, nowMs: InstantMs): boolean {
  return untilMs !== null && untilMs <= nowMs;
}

/** Null for what is no note. Throws {@link LegalFolderError} for what may be one and cannot be read now. */
function readBounded(path: string): Uint8Array | null {
  return reading(path, () => {
    const about = statSync(path);
    return !about.isFile() || about.size > maxNoteBytes ? null : readFileSync(path);
  });
}

function reading<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new LegalFolderError(path, error);
  }
}

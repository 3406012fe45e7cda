import { formatInstant, type InstantMs } from "../../../base/index.ts";
import type { SignedEvent } from "../../../gateway/index.ts";
import { openSigningKey, sha256 } from "../../../keys/index.ts";
import type { LegalEvent } from "../../../law/index.ts";
import { ed25519Type, formatNoteKey, type NoteKey, noteKey } from "../../../ledger/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { openLegalCell } from "../../../cell/index.ts";
import type { EventFlags } from "./legal-sign.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";

type Standing = "to come" | "in force" | "lifted" | "ended";

export async function listEvents(
  terminal: Terminal,
  { config, json }: Pick<EventFlags, "config" | "json">,
): Promise<ExitCode> {
  const { held } = openLegalCell(config).register;
  const nowMs = Date.now();
  const events = held.map(({ event }) => event);
  if (held.length === 0 && !json) await terminal.print("no legal events");
  for (const signed of held.toSorted(byStart)) {
    const standing = standingOf(signed.event, events, nowMs);
    if (json) await terminal.printJson({ ...plain(signed), standing });
    else await terminal.print(lineOf(signed, standing));
  }
  return exitCode.ok;
}

/** A key that a policy names under `law.event-keys`. */
export async function showKey(
  terminal: Terminal,
  flags: { readonly key: string; readonly name: string },
): Promise<ExitCode> {
  await terminal.print(formatNoteKey(namedKey(flags)));
  return exitCode.ok;
}

function namedKey({ key, name }: { readonly key: string; readonly name: string }): NoteKey {
  if (!/^[!-*,-~]{1,255}$/.test(name)) {
    throw new UnusableInputError([`name \`${name}\` has a space, a plus, or a character beyond ASCII`]);
  }
  const { publicKey } = openSigningKey(key);
  return noteKey(sha256, { name, type: ed25519Type, publicKey });
}

function standingOf(event: LegalEvent, all: readonly LegalEvent[], nowMs: InstantMs): Standing {
  const { fromMs, untilMs } = event.validity;
  if (untilMs !== null && untilMs <= nowMs) return "ended";
  if ((fromMs ?? 0) > nowMs) return "to come";
  const lifts = all.filter((other) => other.act === "lift" && other.lifts === event.id);
  return lifts.some((lift) => standingOf(lift, [], nowMs) === "in force") ? "lifted" : "in force";
}

function plain({ event, signer }: SignedEvent): Readonly<Record<string, unknown>> {
  const { validity, ...rest } = event;
  const { fromMs, untilMs } = validity;
  return {
    ...rest,
    from: formatInstant(fromMs ?? 0),
    until: untilMs === null ? null : formatInstant(untilMs),
    signer,
  };
}

function lineOf({ event, signer }: SignedEvent, standing: Standing): string {
  const what =
    event.act === "lift" ? `lifts ${event.lifts}` : `suspends ${event.target.kind} ${event.target.name}`;
  const until = event.validity.untilMs === null ? "" : ` until ${formatInstant(event.validity.untilMs)}`;
  const from = formatInstant(event.validity.fromMs ?? 0);
  return `${event.id}  ${standing}  ${what}  (${event.reason}) from ${from}${until}, signed by ${signer}`;
}

function byStart(left: SignedEvent, right: SignedEvent): number {
  return (left.event.validity.fromMs ?? 0) - (right.event.validity.fromMs ?? 0);
}

import { InvalidArgumentError, Option } from "commander";
import { type InstantMs, parseInstant } from "../../../base/index.ts";
import { legalTargetKinds, liftReasons, suspensionReasons } from "../../../law/index.ts";
import { listEvents, showKey } from "./legal-list.ts";
import { type EventFlags, type LiftFlags, putLift, putSuspension, type SuspendFlags } from "./legal-sign.ts";
import type { Command } from "../../terminal/command.ts";

const targetWords = {
  region: "a place: whatever computes, stores or is supported there",
  operator: "what it runs, or whoever it controls, or who lets it have the data",
  group: "an operator's whole group: whoever controls it, too",
  mechanism: "a declared mechanism, a kind of them, or the instrument of a free destination",
  regime: "whatever the regime applies to",
  endpoint: "that one",
} as const;

export function addLegalCommand(program: Command): void {
  const legal = program
    .command("legal")
    .description("suspend by order what the law allows, and lift it again");
  addSuspend(legal);
  addLift(legal);
  addList(legal);
  addKey(legal);
}

function addSuspend(legal: Command): void {
  const suspend: Command = eventCommand(legal, "suspend")
    .description("sign a suspension and put it where the cell takes it up at once")
    .addOption(new Option("--reason <word>", "why").choices(suspensionReasons).makeOptionMandatory());
  for (const kind of legalTargetKinds) suspend.option(`--${kind} <name>`, `suspend ${targetWords[kind]}`);
  suspend.runs(async (terminal, flags: SuspendFlags) => {
    const kinds = legalTargetKinds.filter((kind) => flags[kind] !== undefined);
    const [kind] = kinds;
    const name = kind && flags[kind];
    if (kind === undefined || name === undefined || kinds.length > 1) {
      suspend.error(`error: name one of --${legalTargetKinds.join(", --")}`);
    }
    return putSuspension(terminal, flags, { kind, name });
  });
}

function addLift(legal: Command): void {
  eventCommand(legal, "lift")
    .description("sign the lift of one suspension and put it where the cell takes it up at once")
    .argument("<suspension>", "its id")
    .addOption(new Option("--reason <word>", "why").choices(liftReasons).makeOptionMandatory())
    .runs((terminal, lifts: string, flags: LiftFlags) => putLift(terminal, flags, lifts));
}

function addList(legal: Command): void {
  legal
    .command("list")
    .description("list the events that a cell holds, and which of them stand")
    .requiredOption("--config <file>", "the cell file")
    .option("--json", "print one event a line")
    .runs((terminal, flags: Pick<EventFlags, "config" | "json">) => listEvents(terminal, flags));
}

function addKey(legal: Command): void {
  legal
    .command("key")
    .description("print the line that a policy names a key by; makes the key where there is none")
    .requiredOption("--key <file>", "the private key: PKCS #8 in PEM, Ed25519")
    .requiredOption("--name <name>", "what the key is called, such as `acme.example/legal`")
    .runs((terminal, flags: { readonly key: string; readonly name: string }) => showKey(terminal, flags));
}

function eventCommand(legal: Command, name: string): Command {
  return legal
    .command(name)
    .requiredOption("--config <file>", "the cell file: where the cell's state and its policy are")
    .requiredOption("--key <file>", "the private key of one of the policy's `law.event-keys`")
    .requiredOption("--id <word>", "what the event is called from now on; never used before")
    .option("--from <instant>", "from when it has effect (default: now)", readInstant)
    .option("--until <instant>", "until when (default: for a suspension, until it is lifted)", readInstant)
    .option("--json", "print one line of JSON");
}

function readInstant(text: string): InstantMs {
  const parsed = parseInstant(text);
  if (parsed.ok && parsed.value >= 0) return parsed.value;
  throw new InvalidArgumentError("expected a date such as 2027-05-13, or an instant with its offset.");
}

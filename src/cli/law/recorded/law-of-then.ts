// The law that a decision names, made again: the policy's own text from whoever keeps it, the packs from beside the log,
// the legal events from its entries. INVARIANT: what is returned gives the very hash that the decision names.
import { decodeUtf8, formatInstant, toHex } from "../../../base/index.ts";
import { readPack } from "../../../cell/index.ts";
import { formatFinding, type PackText, parsePolicy, type Policy } from "../../../config/index.ts";
import { lawUnder } from "../../../gateway/index.ts";
import { sha256 } from "../../../keys/index.ts";
import type { LegalEvent } from "../../../law/index.ts";
import { eventSetsAt } from "./events-of-then.ts";
import type { Evidence } from "./evidence.ts";
import type { CellHistory, RecordedDecision } from "./recorded-request.ts";

/** A policy's own text lies beside no log, for it names tenants: whoever asks brings it. */
export interface PolicyFile {
  readonly file: string;
  /** Where its author's own packs are. */
  readonly directory: string;
  readonly text: string;
}

export type LawOfThen =
  | { readonly kind: "law"; readonly policy: Policy; readonly events: readonly LegalEvent[] }
  /** `damaged`: the evidence does not hold what it names. */
  | { readonly kind: "unknown" | "damaged"; readonly reasons: readonly string[] };

export async function lawOfThen(
  { decision, history, origin, index }: RecordedDecision,
  policyFile: PolicyFile | null,
  evidence: Evidence,
): Promise<LawOfThen> {
  const kept = await keptPacks(history, decision.policy, evidence);
  if (kept.faults.length > 0) return { kind: "damaged", reasons: kept.faults };
  if (policyFile === null) {
    const named = `the file of policy ${decision.policy}${sinceWhen(history, decision.policy)}`;
    return unknown(`name ${named}: a policy's own text lies beside no log`);
  }
  const parsed = parsePolicy({
    ...policyFile,
    readPack: (id) => kept.packs.get(id) ?? readPack(id, policyFile.directory),
    sha256,
    lock: null,
  });
  if (!parsed.ok) return unknown(...parsed.error.map(formatFinding));
  const { law: stated, deployment } = parsed.value;
  const law = eventSetsAt(history, { origin, index }, deployment)
    .map((held) => lawUnder(stated, held))
    .find(({ hash }) => hash === decision.policy);
  if (law === undefined)
    return unknown(...otherPolicy(policyFile, parsed.value, { decision, history, evidence }));
  return { kind: "law", policy: { ...parsed.value, law }, events: law.events ?? [] };
}

function unknown(...reasons: readonly string[]): LawOfThen {
  return { kind: "unknown", reasons };
}

function otherPolicy(
  { file }: PolicyFile,
  { law }: Policy,
  {
    decision: { policy },
    history,
    evidence,
  }: Pick<RecordedDecision, "decision" | "history"> & { readonly evidence: Evidence },
): readonly string[] {
  return [
    `\`${file}\` is not the policy that decided: with the packs of then its hash is ${law.hash}, and the entry names ` +
      `${policy}${sinceWhen(history, policy)}; name the file as it was then`,
    ...(evidence.isChosen
      ? ["or a legal event stood then that is not among the chosen entries: ask for a bundle of whole logs"]
      : []),
  ];
}

function sinceWhen({ policies }: CellHistory, policy: string): string {
  const first = policies.find(({ entry }) => entry.policy === policy);
  return first === undefined ? "" : `, in force from ${formatInstant(first.entry.ts)} on`;
}

interface KeptPacks {
  readonly packs: ReadonlyMap<string, PackText>;
  readonly faults: readonly string[];
}

/** Empty where no entry names any, as before version 2: then the packs at hand are tried, and the hash says if they are the ones. */
async function keptPacks({ policies }: CellHistory, policy: string, { text }: Evidence): Promise<KeptPacks> {
  const packs = new Map<string, PackText>();
  const faults: string[] = [];
  const entries = policies.map(({ entry }) => entry).filter((entry) => entry.policy === policy);
  const named = new Map(entries.flatMap(({ texts }) => texts.map(({ name, hash }) => [name, hash] as const)));
  const unnamed = (entries[0]?.textCount ?? 0) - named.size;
  if (unnamed > 0) faults.push(`the entries of policy ${policy} leave out ${unnamed} of its texts`);
  for (const [name, hash] of named) {
    const bytes = await text(hash);
    if (bytes === null) faults.push(`the text of \`${name}\` is missing: \`policies/${hash}\``);
    else if (toHex(sha256(bytes)) !== hash)
      faults.push(
        `the text of \`${name}\` is another one: \`policies/${hash}\` has the hash ${toHex(sha256(bytes))}`,
      );
    else packs.set(idOf(name), packText(name, decodeUtf8(bytes) ?? ""));
  }
  return { packs, faults };
}

function idOf(name: string): string {
  return name.replace(/^packs\//, "").replace(/\.yaml$/, "");
}

/** That it stands in front of a shipped file was checked when it came into force; here it is the text that says so. */
function packText(file: string, text: string): PackText {
  return { file, text, shadows: /^overrides:/m.test(text) ? "the shipped file" : null };
}

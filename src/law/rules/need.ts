// What is not there, and by whose doing a refusal would turn. A law that forbids asks for nothing; one that allows under
// conditions must name them, or nobody can ever meet them.
import type { SitedTarget, Siting } from "../policy/endpoint.ts";
import type { CertificationRule } from "../policy/regime.ts";

export const needKinds = ["mechanism", "document", "contract", "certification", "standing", "fact"] as const;
export type NeedKind = (typeof needKinds)[number];

/** One thing that is missing. */
export interface Need {
  readonly kind: NeedKind;
  /** Its name, as packs and policies have it: `scc-2021-914-m3`, `tia`, `gdpr-art-28`, `dpf`. */
  readonly name: string;
  readonly article: string;
  /** Who can supply it. */
  readonly by: "controller" | "operator" | "policy author";
  /** Whose it is: an operator, cell or endpoint by its id, or a declared mechanism; empty for a fact. */
  readonly about: string;
  /** How the policy says it, once it is there. */
  readonly write: string;
  /** Of a tool: documents that its declaration must carry. Of a certificate: words of its scope. */
  readonly with: readonly string[];
}

/** Needs of which every one must be met, and then this way is open. */
export type Way = readonly Need[];

/** Ways of which any one suffices. Empty: nothing opens it. */
export type Choice = readonly Way[];

/** Nothing is missing that anybody could supply. */
export const noWay: readonly Choice[] = [[]];

export function isCurable(choices: readonly Choice[]): boolean {
  return choices.length > 0 && choices.every((choice) => choice.length > 0);
}

export function factNeed(fact: string, article: string): Need {
  const write = `state ${fact}`;
  return { kind: "fact", name: fact, article, by: "policy author", about: "", write, with: [] };
}

/** Where a policy lists contracts already, so that the new one stands beside them. */
export function contractNeed(contract: string, article: string, { id, siting }: SitedTarget): Need {
  const { operator } = siting;
  const about = operator.contracts === null ? id : operator.id;
  const section = operator.contracts === null ? "<cells or endpoints>" : "operators";
  const write = `${section}.${about}.contracts: { ${contract}: {} }`;
  return { kind: "contract", name: contract, article, by: "operator", about, write, with: [] };
}

export function certificationNeed(
  { scheme }: CertificationRule,
  {
    article,
    words,
    siting,
  }: { readonly article: string; readonly words: readonly string[]; readonly siting: Siting },
): Need {
  const scope = words.length === 0 ? "{}" : `{ scope: [${words.join(", ")}] }`;
  const write = `operators.${siting.operator.id}.certifications: { ${scheme}: ${scope} }`;
  return {
    kind: "certification",
    name: scheme,
    article,
    by: "operator",
    about: siting.operator.id,
    write,
    with: words,
  };
}

export function standingNeed(standing: string, article: string, { operator }: Siting): Need {
  const write = `operators.${operator.id}.standings: [${standing}]`;
  return { kind: "standing", name: standing, article, by: "operator", about: operator.id, write, with: [] };
}

export interface ToolNeed {
  readonly kind: string;
  readonly article: string;
  readonly documents: readonly string[];
  readonly exporter: string | null;
  readonly siting: Siting;
}

export function mechanismNeed({ kind, article, documents, exporter, siting }: ToolNeed): Need {
  const members = [`kind: ${kind}`, `from: ${exporter ?? "<entity>"}`, `to: ${siting.operator.id}`];
  const write = `law.mechanisms: { <name>: { ${[...members, ...documents.map((each) => `${each}: <reference>`)].join(", ")} } }`;
  return {
    kind: "mechanism",
    name: kind,
    article,
    by: "controller",
    about: siting.operator.id,
    write,
    with: documents,
  };
}

export function documentNeed(document: string, article: string, mechanism: string): Need {
  const write = `law.mechanisms.${mechanism}.${document}: <reference>`;
  return { kind: "document", name: document, article, by: "controller", about: mechanism, write, with: [] };
}

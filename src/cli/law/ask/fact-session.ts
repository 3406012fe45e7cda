// A policy, and the facts that are brought before it one line at a time. Whoever opens it owns its state.
import { parse } from "yaml";
import {
  addableSections,
  type AskedRequest,
  askRequest,
  parseFacts,
  type PackText,
  type Policy,
} from "../../../config/index.ts";
import { createExplainer, type Explainer, type Suspension } from "../../../law/index.ts";
import { accepted, readPolicyText } from "../../../cell/index.ts";
import { UnusableInputError } from "../../../disk/index.ts";

export interface PolicySource {
  readonly text: string;
  /** The name that findings give the file. */
  readonly file: string;
  /** Where its author's own `packs/` are. */
  readonly directory: string;
  /** Packs that were read for another policy. */
  readonly packTexts?: Map<string, PackText | null>;
}

export interface SessionAnswer {
  readonly policy: Policy;
  readonly explainer: Explainer;
  readonly asked: AskedRequest;
}

/** Reads one line of JSON facts (schema/facts.schema.json). Throws an {@link UnusableInputError} that says what is wrong. */
export type FactSession = (line: string) => SessionAnswer;

export function openFactSession(source: PolicySource): FactSession {
  const prepared = prepare(source);
  // Whoever examines an endpoint of his own mostly brings the same one again.
  let latest = { additions: "{}", ...prepared };
  return (line) => {
    const document = accepted(parseFacts("facts", line));
    const additions = JSON.stringify(additionsIn(line));
    if (additions !== latest.additions) {
      latest = { additions, ...(additions === "{}" ? prepared : prepare(extend(source, additions))) };
    }
    const asked = askRequest(latest.policy, document);
    if (!asked.ok) throw new UnusableInputError([asked.error]);
    return { ...underOrders(latest, asked.value.orders), asked: asked.value };
  };
}

/** As a cell decides that holds them as signed events. */
function underOrders(
  { policy, explainer }: Pick<SessionAnswer, "policy" | "explainer">,
  orders: readonly Suspension[],
): Pick<SessionAnswer, "policy" | "explainer"> {
  if (orders.length === 0) return { policy, explainer };
  const law = { ...policy.law, events: [...(policy.law.events ?? []), ...orders] };
  return { policy: { ...policy, law }, explainer: createExplainer(law) };
}

function prepare(source: PolicySource): Pick<SessionAnswer, "policy" | "explainer"> {
  const policy = accepted(readPolicyText(source.text, source));
  return { policy, explainer: createExplainer(policy.law) };
}

type Sections = Readonly<Record<string, object>>;

function additionsIn(line: string): Sections {
  const facts = JSON.parse(line) as Sections;
  return Object.fromEntries(
    addableSections.flatMap((section) => (facts[section] ? [[section, facts[section]]] : [])),
  );
}

/** Adds them as if the author had written them into the policy, so that every check of a policy looks at them too. */
function extend(source: PolicySource, additions: string): PolicySource {
  const policy = parse(source.text) as Sections;
  const extended = Object.entries(JSON.parse(additions) as Sections).map(([section, members]) => [
    section,
    { ...policy[section], ...members },
  ]);
  const text = JSON.stringify({ ...policy, ...Object.fromEntries(extended) });
  return { ...source, text, file: `${source.file} with the facts` };
}

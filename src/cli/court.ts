// A policy, and the facts that are brought before it one line at a time.
import { parse } from "yaml";
import {
  addableSections,
  type AskedRequest,
  askRequest,
  formatFinding,
  parseFacts,
} from "../config/index.ts";
import type { Policy } from "../config/index.ts";
import { createDecider, type Decider } from "../law/index.ts";
import { readPolicyText } from "./policy-file.ts";
import { UnusableInputError } from "./unusable-input.ts";

export interface PolicySource {
  readonly text: string;
  /** As findings name it. */
  readonly file: string;
  /** Where its author's own `packs/` are. */
  readonly directory: string;
}

export interface Hearing {
  readonly policy: Policy;
  readonly decider: Decider;
  readonly asked: AskedRequest;
}

/** Reads one line of JSON facts (schema/facts.schema.json). Throws an {@link UnusableInputError} that says what is wrong. */
export type Court = (line: string) => Hearing;

export function openCourt(source: PolicySource): Court {
  const bench = seat(source);
  // Whoever examines an endpoint of his own mostly brings the same one again.
  let latest = { additions: "{}", ...bench };
  return (line) => {
    const document = parseFacts("facts", line);
    if (!document.ok) throw new UnusableInputError(document.error.map(formatFinding));
    const additions = JSON.stringify(additionsIn(line));
    if (additions !== latest.additions) {
      latest = { additions, ...(additions === "{}" ? bench : seat(extend(source, additions))) };
    }
    const asked = askRequest(latest.policy, document.value);
    if (!asked.ok) throw new UnusableInputError([asked.error]);
    return { policy: latest.policy, decider: latest.decider, asked: asked.value };
  };
}

function seat(source: PolicySource): Pick<Hearing, "policy" | "decider"> {
  const policy = readPolicyText(source.text, source);
  if (!policy.ok) throw new UnusableInputError(policy.error.map(formatFinding));
  return { policy: policy.value, decider: createDecider(policy.value.law) };
}

type Sections = Readonly<Record<string, object>>;

function additionsIn(line: string): Sections {
  const facts = JSON.parse(line) as Sections;
  return Object.fromEntries(
    addableSections.flatMap((section) => (facts[section] ? [[section, facts[section]]] : [])),
  );
}

/** As if its author had written them into the policy: every check of a policy is made of them too. */
function extend(source: PolicySource, additions: string): PolicySource {
  const policy = parse(source.text) as Sections;
  const extended = Object.entries(JSON.parse(additions) as Sections).map(([section, members]) => [
    section,
    { ...policy[section], ...members },
  ]);
  const text = JSON.stringify({ ...policy, ...Object.fromEntries(extended) });
  return { ...source, text, file: `${source.file} with the facts` };
}

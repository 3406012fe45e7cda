// The one way in which a name that a person typed becomes a name of the policy. A misspelt one must never be obeyed: it
// would find nothing, erase nothing, or prove that nothing happens, and look like good news.
import { fail, ok, type Result } from "../../base/index.ts";
import { type LawPolicy, withoutScope } from "../../law/index.ts";
import type { Policy } from "../values/policy.ts";
import { suggest } from "../yaml/suggest.ts";

export type NameKind = "tenant" | "cell" | "endpoint" | "model" | "operator" | "regime" | "mechanism";

/** Enough to choose from; a policy may have thousands of tenants. */
const maxListed = 20;

export function lookUp(policy: Policy, kind: NameKind, name: string): Result<string, string> {
  const known = namesOf(policy, kind);
  return known.includes(name) ? ok(name) : fail(unknownName(kind, name, known));
}

/** Says what is not there, what may have been meant, and which names would have been right. */
export function unknownName(kind: string, name: string, known: Iterable<string>): string {
  const names = Array.from(known);
  const hint = suggest(name, names);
  const meant = hint?.startsWith("did you mean") ? `; ${hint}` : "";
  const listed = names.slice(0, maxListed).map((each) => `\`${each}\``);
  const more = names.length > maxListed ? ` and ${names.length - maxListed} more` : "";
  return `${kind} \`${name}\` is not in the policy; it has ${listed.join(", ") || "none"}${more}${meant}`;
}

function namesOf({ tenants, models, law }: Policy, kind: NameKind): readonly string[] {
  switch (kind) {
    case "tenant":
      return Array.from(tenants.keys());
    case "model":
      return Array.from(models.keys());
    case "cell":
      return law.cells.map(({ id }) => id);
    case "endpoint":
      return law.endpoints.map(({ id }) => id);
    case "operator":
      return operatorsOf(law);
    case "regime":
      return law.regimes.map(({ id }) => id);
    case "mechanism":
      return mechanismsOf(law);
    default:
      return kind satisfies never;
  }
}

/** Those that run something, and those of whom the policy says that they control or serve one of these. */
function operatorsOf({ cells, endpoints }: LawPolicy): readonly string[] {
  const named = [...cells, ...endpoints].flatMap(
    ({ operator: { id, controlledBy, controls, subprocessors } }) => [
      id,
      ...controlledBy,
      ...controls,
      ...subprocessors,
    ],
  );
  return Array.from(new Set(named));
}

/** What an event may suspend: one that was put in place, a whole kind of them, or the instrument behind a free destination. */
function mechanismsOf({ mechanisms, regimes }: LawPolicy): readonly string[] {
  const declared = mechanisms.flatMap(({ id, kind }) => [id, kind]);
  const instruments = regimes.flatMap(({ freeDestinations, mechanisms: tools }) =>
    [...freeDestinations, ...tools].flatMap(({ instrument }) =>
      instrument === null ? [] : [instrument, withoutScope(instrument)],
    ),
  );
  return Array.from(new Set([...declared, ...instruments]));
}

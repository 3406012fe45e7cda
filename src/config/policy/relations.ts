// Who controls whom among operators, and who lets whom have the data, through whatever is between them.
import type { Control, Operator, Recipient, Validity } from "../../law/index.ts";
import { buildValidity } from "./build-validity.ts";
import type { PolicyDocument } from "../schema/policy-schema.ts";

type OperatorDocument = PolicyDocument["operators"][string];
type Edges = ReadonlyMap<string, readonly string[]>;

/** An order does not look at periods of control: one that reaches somebody no longer controlled stops him rather than not. */
export class Relations {
  readonly #parents: Edges;
  readonly #children: Edges;
  readonly #subprocessors: Edges;
  readonly #documents: ReadonlyMap<string, OperatorDocument>;

  constructor(operators: readonly (readonly [id: string, document: OperatorDocument])[]) {
    const parents = operators.map(
      ([id, document]) => [id, document.parents.flatMap(({ operator }) => operator ?? [])] as const,
    );
    this.#parents = new Map(parents);
    this.#documents = new Map(operators);
    this.#children = new Map(
      operators.map(([id]) => [id, parents.filter(([, all]) => all.includes(id)).map(([child]) => child)]),
    );
    this.#subprocessors = new Map(operators.map(([id, document]) => [id, document.subprocessors]));
  }

  of(id: string): Pick<Operator, "controlledBy" | "controls" | "subprocessors" | "recipients"> {
    const subprocessors = reach(id, this.#subprocessors);
    const owners = [...subprocessors].flatMap((each) => [...reach(each, this.#parents)]);
    return {
      controlledBy: reach(id, this.#parents),
      controls: reach(id, this.#children),
      subprocessors: new Set([...subprocessors, ...owners]),
      recipients: [...subprocessors].flatMap((each) => this.#homesOf(each)),
    };
  }

  /** Who controls it, and who controls those that the policy names, for as long as each link of the chain holds. */
  ownersOf(id: string, below: readonly string[] = []): readonly Control[] {
    const parents = this.#documents.get(id)?.parents ?? [];
    return parents.flatMap(({ home, operator, ...period }) => {
      const validity = buildValidity(period);
      const named = operator === undefined ? undefined : this.#documents.get(operator);
      if (operator === undefined || named === undefined || [id, ...below].includes(operator)) {
        return [{ home, validity }];
      }
      const above = this.ownersOf(operator, [id, ...below]);
      const homes = new Set([home, named.home]);
      return [
        ...Array.from(homes, (each) => ({ home: each, validity })),
        ...above.map((owner) => ({ ...owner, validity: overlapOf(validity, owner.validity) })),
      ];
    });
  }

  #homesOf(id: string): readonly Recipient[] {
    const document = this.#documents.get(id);
    if (document === undefined) return [];
    const owners = this.ownersOf(id).map((owner) => ({ ...owner, isOwner: true }));
    return [{ home: document.home, validity: buildValidity({}), isOwner: false }, ...owners];
  }
}

/** Where the one has ended before the other begins, it is never in force. */
function overlapOf(one: Validity, other: Validity): Validity {
  const from = [one.fromMs, other.fromMs].filter((each) => each !== null);
  const until = [one.untilMs, other.untilMs].filter((each) => each !== null);
  return {
    fromMs: from.length === 0 ? null : Math.max(...from),
    untilMs: until.length === 0 ? null : Math.min(...until),
  };
}

/** Everything that can be come to from `start`, without it. A circle, which a person may write, ends. */
function reach(start: string, edges: Edges): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [start];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const each of edges.get(next) ?? []) {
      if (each === start || found.has(each)) continue;
      found.add(each);
      open.push(each);
    }
  }
  return found;
}

// The policy with one thing otherwise than it says of a machine, of who runs it, or of a document. Whoever reaches in may
// change tomorrow, and an assessment may end otherwise than it was hoped: the two evaluators must agree of that, too.
import {
  countryCodes,
  includesPlace,
  type OperatorId,
  type Place,
  userAssignedCodes,
} from "../../base/index.ts";
import { type Access, accessors } from "../policy/access.ts";
import type { Cell, Contract, Endpoint, Operator } from "../policy/endpoint.ts";
import type { Facts } from "../policy/facts.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { DeclaredDocument, DeclaredMechanism, Validity } from "../policy/regime.ts";

export interface OtherLaw {
  /** It holds one endpoint and its cell alone: the others are as they were. */
  readonly law: LawPolicy;
  /** What is otherwise: `fra-1 with separate-company reaching in from IN`. */
  readonly said: string;
}

const always: Validity = { fromMs: null, untilMs: null };

/** One thing at a time, of each kind of machine that the tenant's requests could come to. */
export function* otherLaws(law: LawPolicy, facts: Facts): Generator<OtherLaw> {
  const places = [
    ...new Set([...facts.subjectPlaces.map(({ value }) => value).slice(0, 1), strangerTo(law)]),
  ];
  for (const endpoint of unlike(law.endpoints)) {
    const cell = law.cells.find(({ id }) => id === endpoint.cell);
    if (cell === undefined) continue;
    const alone = { ...law, cells: [cell], endpoints: [endpoint] };
    yield* otherMachines(alone, endpoint, places);
    yield* otherDocuments(alone, endpoint, facts);
  }
}

/** Machines that the law cannot tell apart are tried once. */
function unlike(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const described = endpoints.map((endpoint) => {
    const { id: _id, operator, ...rest } = endpoint;
    const text = JSON.stringify([rest, operator.id], (_name, value: unknown) =>
      value instanceof Set ? [...value] : value,
    );
    return [text, endpoint] as const;
  });
  return [...new Map(described).values()];
}

/** A country that no rule calls home. */
function strangerTo({ regimes }: LawPolicy): Place {
  const isStrange = (place: Place): boolean => !regimes.some(({ home }) => includesPlace(home, place));
  const places = ([...countryCodes, ...userAssignedCodes] as Place[]).toSorted();
  return places.find(isStrange) ?? ("AQ" as Place);
}

function* otherMachines(law: LawPolicy, endpoint: Endpoint, places: readonly Place[]): Generator<OtherLaw> {
  const { operator } = endpoint;
  const changed = (change: Partial<Endpoint>, said: string): OtherLaw => ({
    law: { ...law, endpoints: [{ ...endpoint, ...change }] },
    said: `${endpoint.id} ${said}`,
  });
  for (const access of otherAccess(places)) {
    const [who] = access;
    const said = who
      ? `with ${who.by ?? "somebody"} reaching in from ${who.place}`
      : "with nobody known to reach in";
    yield changed({ support: access }, said);
    if (who) yield otherCell(law, { support: access }, said);
  }
  for (const other of otherOperators(operator, places)) {
    yield changed({ operator: other.operator }, other.said);
  }
  for (const contracts of [null, [], everyContract(law)]) {
    const said = contracts === null ? "with contracts unsaid" : `with ${contracts.length} contracts`;
    yield changed({ contracts, operator: { ...operator, contracts } }, said);
  }
  yield changed({ retentionDays: null }, "with its retention unsaid");
  yield changed(
    { certifications: [], operator: { ...operator, certifications: [] } },
    "without certifications",
  );
}

function otherCell(law: LawPolicy, change: Partial<Cell>, said: string): OtherLaw {
  const cells = law.cells.map((cell) => ({ ...cell, ...change }));
  return { law: { ...law, cells }, said: `cell ${cells.map(({ id }) => id).join()} ${said}` };
}

function otherAccess(places: readonly Place[]): readonly (readonly Access[])[] {
  return [[], ...places.flatMap((place) => [...accessors, null].map((by) => [{ place, by }]))];
}

interface OtherOperator {
  readonly operator: Operator;
  readonly said: string;
}

function otherOperators(operator: Operator, places: readonly Place[]): readonly OtherOperator[] {
  const standings = {
    operator: { ...operator, standings: null },
    said: "with its operator's standings unsaid",
  };
  return places
    .flatMap((home) => {
      const owner = { home, validity: always };
      return [
        { operator: { ...operator, home }, said: `run from ${home}` },
        { operator: { ...operator, parents: [...operator.parents, owner] }, said: `controlled from ${home}` },
        {
          operator: { ...operator, recipients: [...operator.recipients, { ...owner, isOwner: false }] },
          said: `with a sub-processor in ${home}`,
        },
      ];
    })
    .concat(standings);
}

function everyContract({ regimes }: LawPolicy): readonly Contract[] {
  const named = new Set(regimes.flatMap(({ contracts }) => contracts.map(({ contract }) => contract)));
  return Array.from(named, (contract) => ({ contract, validity: always }));
}

/** Of the tools that the tenant declared with whoever runs the machine. */
function* otherDocuments(law: LawPolicy, { operator }: Endpoint, facts: Facts): Generator<OtherLaw> {
  for (const tool of law.mechanisms) {
    if (tool.from !== facts.exporter || tool.to !== (operator.id satisfies OperatorId)) continue;
    for (const [name, document] of Object.entries(tool.documents)) {
      for (const [said, other] of otherStates(document)) {
        const changed: DeclaredMechanism = { ...tool, documents: { ...tool.documents, [name]: other } };
        const mechanisms = law.mechanisms.map((each) => (each === tool ? changed : each));
        yield { law: { ...law, mechanisms }, said: `${tool.id} with \`${name}\` ${said}` };
      }
    }
  }
}

function otherStates(document: DeclaredDocument): readonly (readonly [string, DeclaredDocument])[] {
  return [
    ["missing", { ...document, name: "" }],
    ["positive", { ...document, outcome: "positive" }],
    ["negative", { ...document, outcome: "negative" }],
    ["of nowhere", { ...document, places: new Set() }],
    ["of any time", { ...document, validity: always }],
    ["of a time that is over", { ...document, validity: { fromMs: null, untilMs: 0 } }],
  ];
}

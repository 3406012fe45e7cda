import assert from "node:assert/strict";
import { test } from "node:test";
import {
  declaredTool,
  onePlacePolicy,
  placeSet,
  sampleFacts,
  sampleOperator,
  sampleRegime,
  sampleTool,
  siting,
} from "../../../test/support/law-samples.ts";
import { explain } from "../explain.ts";
import type { Contract } from "../policy/endpoint.ts";
import { type Facts, nothingAttested } from "../policy/facts.ts";
import type { ContractRule, DeclaredMechanism, MechanismRule } from "../policy/regime.ts";

const article28: ContractRule = {
  contract: "gdpr-art-28",
  article: "Art. 28(3)",
  when: null,
  metBy: new Set(["scc"]),
};
const clauses = declaredTool();

interface Given {
  readonly rule?: ContractRule;
  /** With the operator, and for the endpoint alone. */
  readonly operator?: readonly Contract[] | null;
  readonly own?: readonly Contract[] | null;
  readonly tools?: readonly DeclaredMechanism[];
  readonly kinds?: readonly MechanismRule[];
  readonly facts?: Partial<Facts>;
}

/** Of an endpoint at home, so that nothing but the contract is asked. */
function verdictOn({ rule = article28, operator = null, own = null, tools = [], kinds, facts }: Given) {
  const regime = sampleRegime({
    contracts: [rule],
    mechanisms: kinds ?? [sampleTool({ kind: "scc", article: "Art. 46", documents: [] })],
  });
  const cloud = { ...sampleOperator("cloud", "DE"), contracts: operator };
  const policy = onePlacePolicy([regime], siting("DE", { operator: cloud, contracts: own }), tools);
  const { verdicts = [] } =
    explain(policy, sampleFacts({ exporter: "acme", ...facts }), 10).endpoints[0] ?? {};
  assert.equal(verdicts.length, 1);
  const [{ passes, reason, assumes, assumesRoles, contracts, choices } = assert.fail()] = verdicts;
  return { passes, reason, assumes, assumesRoles, contracts, choices };
}

const held = (contract: string, untilMs: number | null = null): Contract => ({
  contract,
  validity: { fromMs: null, untilMs },
});

test("terms in clauses for one role rest on what the exporter has not said, and a listed contract does not", () => {
  const given: Given = {
    operator: [],
    tools: [clauses],
    kinds: [sampleTool({ kind: "scc", article: "Art. 46", documents: [], exporterRole: "processor" })],
  };
  const assumed = ({ assumesRoles }: ReturnType<typeof verdictOn>): readonly string[] => assumesRoles;
  assert.deepEqual(assumed(verdictOn(given)), ["processor"]);
  assert.deepEqual(assumed(verdictOn({ ...given, operator: [held("gdpr-art-28")] })), []);
  const attested = { ...nothingAttested, role: "processor" } as const;
  assert.deepEqual(assumed(verdictOn({ ...given, facts: { attested } })), []);
});

test("where nobody says which contracts there are, this one is assumed, and named as an assumption", () => {
  const { passes, assumes, contracts } = verdictOn({});
  assert.deepEqual({ passes, assumes, contracts }, { passes: true, assumes: ["gdpr-art-28"], contracts: [] });
});

for (const [title, given] of Object.entries({
  "with its operator": { operator: [held("another"), held("gdpr-art-28")] },
  "for the endpoint alone": { own: [held("gdpr-art-28")] },
  "for the endpoint, while its operator's list leaves it out": { operator: [], own: [held("gdpr-art-28")] },
  "with its operator, while the endpoint's list leaves it out": { operator: [held("gdpr-art-28")], own: [] },
  "until just before its end": { operator: [held("gdpr-art-28", 11)] },
  "in the clauses of a tool": { operator: [], tools: [clauses] },
  "in one of several tools": { operator: [], tools: [{ ...clauses, id: "other", to: "else" }, clauses] },
} satisfies Record<string, Given>)) {
  test(`a contract that stands ${title} is what the verdict rests on`, () => {
    const { passes, assumes, contracts } = verdictOn(given);
    assert.deepEqual(
      { passes, assumes, contracts },
      { passes: true, assumes: [], contracts: ["gdpr-art-28"] },
    );
  });
}

for (const [title, given] of Object.entries({
  "in a list that is empty": { operator: [] },
  "in a list of others": { operator: [held("another")], own: [held("baa")] },
  "for it is over": { operator: [held("gdpr-art-28", 10)] },
  "in a tool with another operator": { operator: [], tools: [{ ...clauses, to: "else" }] },
  "in a tool of another exporter": { operator: [], tools: [{ ...clauses, from: "else" }] },
  "in a tool of a kind that holds no such terms": {
    operator: [],
    tools: [{ ...clauses, kind: "bcr" }],
    kinds: ["scc", "bcr"].map((kind) => sampleTool({ kind, article: "Art. 46", documents: [] })),
  },
  "in a tool of a kind that the law does not know": { operator: [], tools: [clauses], kinds: [] },
} satisfies Record<string, Given>)) {
  test(`a contract that is not there ${title} blocks, and is named as what would cure it`, () => {
    const { passes, reason, choices } = verdictOn(given);
    assert.equal(passes, false);
    assert.equal(reason, "there is no `gdpr-art-28` with `cloud`");
    assert.equal(choices.length, 1);
    assert.match(JSON.stringify(choices), /gdpr-art-28/);
  });
}

test("nobody contracts with themselves", () => {
  const { passes, assumes, contracts } = verdictOn({ operator: [], facts: { exporter: "cloud" } });
  assert.deepEqual({ passes, assumes, contracts }, { passes: true, assumes: [], contracts: [] });
});

test("a contract is asked for only where its condition may hold, of the request or of who runs the machine", () => {
  const passes = ["DE", "US"].map((place) => {
    const rule: ContractRule = { ...article28, when: { kind: "processor_place", in: placeSet(place) } };
    return verdictOn({ operator: [], rule }).passes;
  });
  assert.deepEqual(passes, [false, true]);
});

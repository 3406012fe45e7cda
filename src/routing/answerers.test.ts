import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, EndpointId, Place } from "../base/index.ts";
import { issuePermit } from "../law/permit.ts";
import { answerersOf, type AskedOfCell } from "./answerers.ts";

const [here, there] = ["eu", "us"] as CellId[];

/** Two endpoints of this cell, of which one is abroad, and one of another cell. */
const permit = issuePermit({
  endpoints: [
    { id: "home", cell: "eu", isTransfer: false },
    { id: "abroad", cell: "eu", isTransfer: true },
    { id: "other", cell: "us", isTransfer: false },
  ].map((each) => ({
    ...each,
    id: each.id as EndpointId,
    cell: each.cell as CellId,
    computes: ["DE" as Place],
    grounds: [],
    isSovereign: false,
  })),
  regimes: [],
  obligations: [],
  evidenceMin: "E0",
  policyHash: "hash",
  expiresAtMs: null,
});

function answers(serving: string, change: Partial<AskedOfCell> = {}): string {
  const answerers = answerersOf(permit, {
    cell: here ?? assert.fail(),
    cells: [here, there].filter((id) => id !== undefined),
    servedBy: new Set(serving.split(" ") as EndpointId[]),
    allowsTransfers: true,
    isAble: () => true,
    mayAnswer: () => true,
    ...change,
  });
  if (answerers.kind === "here")
    return `here: ${answerers.permit.terms.endpoints.map(({ id }) => id).join(" ")}`;
  return answerers.kind === "elsewhere" ? `elsewhere: ${answerers.cell}` : answerers.kind;
}

const cases: readonly (readonly [
  title: string,
  serving: string,
  says: string,
  change?: Partial<AskedOfCell>,
])[] = [
  ["all that serve the model here", "home abroad other", "here: home abroad"],
  [
    "those at home alone where the model lets no transfer in",
    "home abroad",
    "here: home",
    { allowsTransfers: false },
  ],
  [
    "nobody now where all that is here is a transfer that the model lets not in",
    "abroad",
    "barred",
    { allowsTransfers: false },
  ],
  ["another cell before that", "abroad other", "elsewhere: us", { allowsTransfers: false }],
  ["another cell where this one has none", "other", "elsewhere: us"],
  [
    "no other cell where it may not receive the request",
    "other",
    "barred",
    { cells: here === undefined ? [] : [here] },
  ],
  [
    "nobody where what another cell sent on would be sent on",
    "home other",
    "sent-on",
    { mayAnswer: () => false },
  ],
  [
    "those that may answer what was sent on",
    "home abroad",
    "here: abroad",
    { mayAnswer: ({ id }) => id !== "home" },
  ],
  ["nobody who knows what is asked", "home other", "unable", { isAble: () => false }],
  ["those that know it", "home abroad", "here: abroad", { isAble: ({ id }) => id === "abroad" }],
  ["nobody who serves the model", "gone", "unserved"],
];

for (const [title, serving, says, change] of cases) {
  test(`a cell is answered for by ${title}`, () => assert.equal(answers(serving, change), says));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  onePlacePolicy,
  placeSet,
  sampleCell,
  sampleEndpoint,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
  sampleDocument,
  sampleTool,
} from "../../../test/support/law-samples.ts";
import { checkLaw } from "./check-law.ts";
import type { LawPolicy } from "./law-policy.ts";
import type { DeclaredMechanism, FreeDestination } from "./regime.ts";

const regime = sampleRegime({
  mechanisms: [sampleTool({ kind: "scc", article: "Art. 46", documents: ["tia"] })],
});
const sound = onePlacePolicy([regime], siting("DE"));
const mechanism: DeclaredMechanism = {
  id: "to-de",
  kind: "scc",
  from: "acme",
  to: "cloud-DE",
  documents: { tia: sampleDocument("TIA-1") },
  classes: null,
  validity: { fromMs: null, untilMs: 10 },
};
const free: FreeDestination = sampleDestination(placeSet("CH"), {
  instrument: "first",
});

interface Case {
  readonly title: string;
  readonly policy: LawPolicy;
  readonly found: readonly string[];
}

const cases: readonly Case[] = [
  { title: "a sound policy", policy: { ...sound, mechanisms: [mechanism] }, found: [] },
  {
    title: "an endpoint in a cell that does not exist",
    policy: samplePolicy({ endpoints: [sampleEndpoint("fra-1", "eu", siting("DE"))] }),
    found: ["error endpoints.fra-1.cell: cell `eu` does not exist"],
  },
  {
    title: "ids defined twice",
    policy: { ...sound, cells: [...sound.cells, ...sound.cells], regimes: [regime, regime] },
    found: [
      "error regimes.eu-gdpr: `eu-gdpr` is defined more than once",
      "error cells.cell: `cell` is defined more than once",
    ],
  },
  {
    title: "places that are not known",
    policy: samplePolicy({ cells: [sampleCell("cell", siting("DE", { stores: [] }))] }),
    found: ["error cells.cell: where it computes or stores is not known, so it can never be lawful"],
  },
  {
    title: "a mechanism of a kind that no regime knows",
    policy: { ...sound, mechanisms: [{ ...mechanism, kind: "derogation" }] },
    found: ["error mechanisms.to-de.kind: no regime in use knows mechanisms of kind `derogation`"],
  },
  {
    title: "a mechanism to an operator that runs nothing",
    policy: { ...sound, mechanisms: [{ ...mechanism, to: "nobody" }] },
    found: ["error mechanisms.to-de.to: no cell or endpoint is run by `nobody`"],
  },
  {
    title: "a mechanism without a document that a regime wants",
    policy: { ...sound, mechanisms: [{ ...mechanism, documents: { contract: sampleDocument("C-1") } }] },
    found: ["error mechanisms.to-de: `eu-gdpr` (Art. 46) wants document `tia`, which is missing"],
  },
  {
    title: "a mechanism that has expired",
    policy: { ...sound, mechanisms: [{ ...mechanism, validity: { fromMs: null, untilMs: 5 } }] },
    found: ["warning mechanisms.to-de: it has expired"],
  },
  {
    title: "two instruments that overlap in time for one place",
    policy: {
      ...sound,
      regimes: [sampleRegime({ freeDestinations: [free, { ...free, instrument: "second" }] })],
    },
    found: ["warning regimes.eu-gdpr.free_destinations: `first` and `second` overlap in time for `CH`"],
  },
  {
    title: "two instruments that both have an end, and overlap before it",
    policy: {
      ...sound,
      regimes: [
        sampleRegime({
          freeDestinations: [
            { ...free, validity: { fromMs: 1, untilMs: 5 }, classes: new Set(["health"]) },
            {
              ...free,
              validity: { fromMs: 4, untilMs: 9 },
              classes: new Set(["personal", "health"]),
              instrument: "second",
            },
          ],
        }),
      ],
    },
    found: ["warning regimes.eu-gdpr.free_destinations: `first` and `second` overlap in time for `CH`"],
  },
  {
    title: "two instruments in turn, the later one first",
    policy: {
      ...sound,
      regimes: [
        sampleRegime({
          freeDestinations: [
            { ...free, validity: { fromMs: 5, untilMs: 9 } },
            { ...free, validity: { fromMs: 1, untilMs: 5 }, instrument: "second" },
          ],
        }),
      ],
    },
    found: [],
  },
  {
    title: "an instrument for certified recipients beside one for those of another scheme",
    policy: {
      ...sound,
      regimes: [
        sampleRegime({
          freeDestinations: ["dpf", "cbpr"].map((scheme) => ({
            ...free,
            instrument: scheme,
            requiresCertification: { scheme, scopeFor: new Map() },
          })),
        }),
      ],
    },
    found: [],
  },
  {
    title: "two instruments of which one ends where the other begins",
    policy: {
      ...sound,
      regimes: [
        sampleRegime({
          freeDestinations: [
            { ...free, validity: { fromMs: null, untilMs: 5 } },
            { ...free, instrument: "second", validity: { fromMs: 5, untilMs: null } },
          ],
        }),
      ],
    },
    found: [],
  },
  {
    title: "two instruments for different classes",
    policy: {
      ...sound,
      regimes: [
        sampleRegime({
          freeDestinations: [
            { ...free, classes: new Set(["health"]) },
            { ...free, classes: new Set(["financial"]) },
          ],
        }),
      ],
    },
    found: [],
  },
  {
    title: "a denylist without a home and without mechanisms",
    policy: { ...sound, regimes: [sampleRegime({ rule: "denylist", home: new Set() })] },
    found: [],
  },
  {
    title: "a declared mechanism that only a rule without places knows",
    policy: { ...sound, regimes: [{ ...regime, rule: "operator" }], mechanisms: [mechanism] },
    found: [
      "error mechanisms.to-de.kind: no regime in use knows mechanisms of kind `scc`",
      "warning regimes.eu-gdpr: a `operator` rule reads no mechanisms",
    ],
  },
  {
    title: "mechanisms where nothing reads them",
    policy: { ...sound, regimes: [{ ...regime, rule: "terms" }] },
    found: ["warning regimes.eu-gdpr: a `terms` rule reads no mechanisms"],
  },
  {
    title: "free destinations where nothing reads them",
    policy: { ...sound, regimes: [sampleRegime({ rule: "hard_local", freeDestinations: [free] })] },
    found: ["warning regimes.eu-gdpr: a `hard_local` rule reads no free destinations"],
  },
  {
    title: "a hard-local rule without a home",
    policy: { ...sound, regimes: [sampleRegime({ rule: "hard_local", home: new Set() })] },
    found: ["error regimes.eu-gdpr.home: a `hard_local` rule needs a home"],
  },
];

for (const { title, policy, found } of cases) {
  test(`${title}: ${found.length === 0 ? "nothing is found" : found.join("; ")}`, () => {
    const findings = checkLaw(policy, 5);
    assert.deepEqual(
      findings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`),
      found,
    );
  });
}

// What one decision costs: remembered (warm), thought out (cold), and asked of Cedar with the same rules, in the same run.
// A decision says which of all endpoints are lawful, and why; Cedar is asked for each endpoint and says yes or no.
// Fails where the two do not allow the same endpoints, for then they would not have done the same work.
import { deepStrictEqual } from "node:assert/strict";
import { parseArgs } from "node:util";
import { createDecider, type Decider, type Deployment, type Facts } from "../src/law/index.ts";
import { askCedar, cedarQuestion, prepareCedar } from "./cedar.ts";
import { median } from "./measure/quantile.ts";
import { demo, large } from "./policies.ts";

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });

/** Within the validity of every pack, and the same on every machine. */
const nowMs = Date.UTC(2026, 11, 1);
/** Short, so that few samples are those in which the machine did something else. */
const sampleMs = 0.5;
const maxSamples = 1001;
const maxDurationMs = 4000;

for (const [name, deployment] of Object.entries({ demo, large })) {
  const { law, tenants } = deployment;
  prepareCedar(name, law);
  const decider = createDecider(law);
  // It forgets each decision at the next, and no two tenants in a row have the same facts.
  const forgetful = createDecider(law, { maxDecisions: 1 });
  const questions = tenants.map(({ facts }) => cedarQuestion(name, { law, facts }, nowMs));
  const facts = tenants.map((tenant) => tenant.facts);
  facts.forEach((each, index) => {
    const theirs = questions[index];
    if (theirs)
      deepStrictEqual(askCedar(theirs).toSorted(), lawful(decider, each), `${name}: ${each.tenant}`);
  });
  row(`${name}, warm`, () => facts.forEach((each) => decider.decide(each, nowMs)), deployment);
  row(`${name}, cold`, () => facts.forEach((each) => forgetful.decide(each, nowMs)), deployment);
  row(`${name}, Cedar`, () => questions.forEach(askCedar), deployment);
}

function lawful(decider: Decider, facts: Facts): readonly string[] {
  const decision = decider.decide(facts, nowMs);
  if (decision.kind === "refusal") return [];
  return decision.permit.terms.endpoints.map(({ id }) => id as string).toSorted();
}

/** `decideAll` makes one decision for each tenant. */
function row(name: string, decideAll: () => void, { tenants }: Deployment): void {
  const medianUs = median(samplesUs(decideAll)) / tenants.length;
  const figures = { medianUs: Number(medianUs.toPrecision(3)), perSecond: Math.round(1e6 / medianUs) };
  if (options.json) console.log(JSON.stringify({ bench: "law", case: name, ...figures }));
  else
    console.log(
      `${name.padEnd(16)}${String(figures.medianUs).padStart(10)} µs${String(figures.perSecond).padStart(12)}/s`,
    );
}

/** Microseconds of one call, after a first half that only warms up. */
function samplesUs(call: () => void): readonly number[] {
  const samples: number[] = [];
  const endMs = performance.now() + maxDurationMs;
  while (samples.length < maxSamples && performance.now() < endMs) samples.push(sampleUs(call));
  return samples.slice(Math.floor(samples.length / 2));
}

function sampleUs(call: () => void): number {
  const startMs = performance.now();
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() - startMs < sampleMs);
  return ((performance.now() - startMs) * 1000) / calls;
}

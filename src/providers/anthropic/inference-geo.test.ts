import assert from "node:assert/strict";
import { test } from "node:test";
import type { Place } from "../../base/index.ts";
import { anthropic } from "./engine.ts";
import { geoFor, withGeo } from "./inference-geo.ts";

const address = { id: "e", engine: "anthropic", url: null, apiKey: null, modelFile: null, computes: [] };

function evidenceOf(body: unknown): object {
  const { evidenceClass, places, source, isElsewhere } = anthropic.evidence(address as never, {}, body);
  return { evidenceClass, places, source, isElsewhere };
}

const nothing = { evidenceClass: "E0", places: [], source: "none", isElsewhere: false };

test("`us` in an answer, or in the event that begins one, is evidence of the United States", () => {
  const us = { evidenceClass: "E3", places: ["US"], source: "inference_geo", isElsewhere: false };
  const usage = { input_tokens: 1, inference_geo: "us" };
  assert.deepEqual(evidenceOf({ type: "message", usage }), us);
  assert.deepEqual(evidenceOf({ type: "message_start", message: { usage } }), us);
});

for (const geo of ["global", "not_available", "", "US", "eu", "us-east-1"]) {
  test(`\`${geo}\` is never evidence`, () => {
    const shown = { ...nothing, source: "inference_geo" };
    assert.deepEqual(evidenceOf({ usage: { inference_geo: geo } }), shown);
    assert.deepEqual(evidenceOf({ message: { usage: { inference_geo: geo } } }), shown);
  });
}

for (const body of [
  { usage: { inference_geo: null } },
  { usage: {} },
  { usage: { inference_geo: 1 } },
  {},
  null,
]) {
  test(`${JSON.stringify(body)} says nothing of where it ran`, () => {
    assert.deepEqual(evidenceOf(body), nothing);
  });
}

test("`us` is asked for where all that is permitted lies in the United States, and `global` otherwise", () => {
  assert.equal(geoOf("US"), "us");
  assert.equal(geoOf("US", "US-VA"), "us");
  assert.equal(geoOf("US", "CA"), "global");
  assert.equal(geoOf("DE"), "global");
  assert.equal(geoOf(), "global");
});

for (const { body, sent } of [
  { body: ' { "model":"m" }', sent: ' {"inference_geo":"us", "model":"m" }' },
  { body: "{}", sent: '{"inference_geo":"us"}' },
  { body: '{"a":1.0,"inference_geo":"global"}', sent: '{"a":1.0,"inference_geo":"us"}' },
  {
    body: '{"Inference_Geo":"global","a":1}',
    sent: '{"inference_geo":"us","Inference_Geo":"us","a":1}',
  },
  {
    body: '{"inference\\u005fgeo": null,"b":{"inference_geo":"x"}}',
    sent: '{"inference\\u005fgeo": "us","b":{"inference_geo":"x"}}',
  },
]) {
  test(`${body} leaves with the endpoint's geography, whatever its caller wrote`, () => {
    assert.equal(Buffer.concat(withGeo(Buffer.from(body), "us")).toString(), sent);
  });
}

function geoOf(...places: string[]): string {
  return geoFor(places as Place[]);
}

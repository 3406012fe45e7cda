import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLegalEvent, type LegalEventText, parseLegalEvent } from "./legal-event-text.ts";
import type { LegalEvent } from "./legal-event.ts";

const fromMs = Date.parse("2026-11-20T12:00:00Z");
const suspension: LegalEvent = {
  act: "suspend",
  id: "stop-pacific",
  target: { kind: "operator", name: "pacific-cloud" },
  reason: "injunction",
  validity: { fromMs, untilMs: null },
};
const samples: readonly LegalEventText[] = [
  { deployment: "acme.example", event: suspension },
  {
    deployment: "acme.example",
    event: { ...suspension, validity: { fromMs, untilMs: Date.parse("2027-01-01T00:00:00Z") } },
  },
  {
    deployment: "acme.example",
    event: { ...suspension, target: { kind: "mechanism", name: "Decision (EU) 2023/1795" } },
  },
  { deployment: "acme.example", event: { ...suspension, target: { kind: "region", name: "CA-QC" } } },
  {
    deployment: "acme.example",
    event: {
      act: "lift",
      id: "lift-pacific",
      lifts: "stop-pacific",
      reason: "order-ended",
      validity: { fromMs, untilMs: null },
    },
  },
];

for (const sample of samples) {
  const text = formatLegalEvent(sample);
  const title = text.split("\n")[3] ?? "";

  test(`the event \`${title}\` reads back as it was written`, () => {
    assert.deepEqual(parseLegalEvent(text), { ok: true, value: sample });
  });

  test(`the event \`${title}\` is refused when cut anywhere`, () => {
    for (let at = 0; at < text.length; at++)
      assert.ok(!parseLegalEvent(text.slice(0, at)).ok, `cut at ${at}`);
  });

  test(`the event \`${title}\` with another character is refused or says something else`, () => {
    for (let at = 0; at < text.length; at++) {
      for (const other of ["\0", "\n", " ", "x", "0", "É"]) {
        if (other === text[at]) continue;
        const parsed = parseLegalEvent(text.slice(0, at) + other + text.slice(at + 1));
        if (parsed.ok) assert.notDeepEqual(parsed.value, sample);
      }
    }
  });
}

const text = formatLegalEvent({ deployment: "acme.example", event: suspension });
const refused = [
  { title: "of another version", text: text.replace("event 1", "event 2") },
  { title: "with a line more", text: `${text}note x\n` },
  { title: "with Windows line ends", text: text.replaceAll("\n", "\r\n") },
  { title: "for a reason that is not on the list", text: text.replace("injunction", "mood") },
  { title: "with a lift's reason", text: text.replace("injunction", "remedied") },
  { title: "of an unknown kind of target", text: text.replace("operator", "planet") },
  { title: "of a region that is no place", text: text.replace("operator pacific-cloud", "region XX") },
  { title: "from a local time", text: text.replace(".000Z", "") },
  { title: "from an instant that is spelt in another way", text: text.replace(".000Z", "Z") },
  { title: "that ends as it begins", text: text.replace("until lifted", "until 2026-11-20T12:00:00.000Z") },
  { title: "with a lift's end", text: text.replace("until lifted", "until further notice") },
  { title: "with a name in capitals", text: text.replace("id stop", "id Stop") },
];
for (const { title, text } of refused) {
  test(`an event ${title} is refused`, () => assert.equal(parseLegalEvent(text).ok, false));
}

// A policy's own packs beside the shipped ones, the lock of all, and files that are cut.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packFolder as folder, parseOne as parse } from "../../test/support/parse-one.ts";
import { formatFinding, formatLock } from "./index.ts";
import { parseProvider } from "./packs/parse-provider.ts";

const shipped = readFileSync(join(folder, "eu-gdpr.yaml"), "utf8");
const overriding = (lines: string): string => shipped.replace("applies_when:", `${lines}\napplies_when:`);

test("an own pack that says nothing does not take a shipped one's place", () => {
  const result = parse({ own: shipped });
  assert.ok(!result.ok);
  assert.match(
    result.error.map(formatFinding).join("\n"),
    /overrides: found nothing, expected `eu-gdpr`.*\n  hint: say `overrides: eu-gdpr`/,
  );
});

test("an own pack takes a shipped one's place with a reason, and whoever checks the policy is told", () => {
  assert.ok(!parse({ own: overriding("overrides: eu-gdpr") }).ok);
  const result = parse({ own: overriding("overrides: eu-gdpr\nreason: counsel reads it otherwise") });
  assert.ok(result.ok);
  assert.match(
    result.value.warnings.map(formatFinding).join("\n"),
    /replaced by a file of your own.*\n  hint: the reason given: counsel/,
  );
  assert.deepEqual(
    result.value.packs.map(({ id, isOverride }) => [id, isOverride]),
    [["eu-gdpr", true]],
  );
});

test("a pack that replaces nothing does not say that it does", () => {
  const result = parse({ own: overriding("overrides: eu-gdpr\nreason: none"), shadows: null });
  assert.ok(!result.ok);
  assert.match(result.error.map(formatFinding).join("\n"), /overrides: found `eu-gdpr`, expected nothing/);
});

test("with a lock, the texts that it names are read, and no others", () => {
  const endpoint = "provider: mistral, region: eu";
  const before = parse({ endpoint });
  assert.ok(before.ok);
  const text = formatLock(before.value.packs);
  assert.match(text, /^# .*\neu-gdpr [0-9a-f]{64}\nproviders\/mistral [0-9a-f]{64}\n$/);
  const lock = { file: "bailiwick.lock", text };
  assert.ok(parse({ endpoint, lock }).ok);

  const changed = parse({ endpoint, lock, own: `${shipped}\n`, shadows: null });
  assert.ok(!changed.ok);
  const [finding] = changed.error.filter(({ severity }) => severity === "error");
  assert.match(finding?.found ?? "", /^`eu-gdpr` with SHA-256 `[0-9a-f]{64}`$/);
  assert.equal(finding?.expected, `\`${before.value.packs[0]?.sha256}\`, as the lock says`);
  assert.match(finding?.hint ?? "", /packs lock/);

  const added = parse({ endpoint: "provider: openai, region: eu", lock });
  assert.ok(!added.ok && added.error.some(({ expected }) => expected === "a line for it in the lock"));
});

test("a lock that is cut short or changed anywhere never lets more through", () => {
  const before = parse({});
  assert.ok(before.ok);
  const text = formatLock(before.value.packs);
  for (let end = text.indexOf("\n") + 1; end < text.length - 1; end++) {
    assert.ok(!parse({ lock: { file: "bailiwick.lock", text: text.slice(0, end) } }).ok, `cut at ${end}`);
  }
  for (let at = text.indexOf("\n") + 1; at < text.length - 1; at++) {
    const flipped =
      text.slice(0, at) + String.fromCodePoint((text.codePointAt(at) ?? 0) ^ 1) + text.slice(at + 1);
    assert.ok(!parse({ lock: { file: "bailiwick.lock", text: flipped } }).ok, `flipped at ${at}`);
  }
});

test("no truncation of a provider's file is read, and none throws", () => {
  const text = readFileSync(join(folder, "providers/ionos.yaml"), "utf8");
  const whole = parseProvider({ file: "ionos.yaml", text, id: "ionos" });
  assert.ok(whole.ok);
  const last = text.indexOf("review_by");
  for (let end = 0; end < last; end++) {
    assert.ok(
      !parseProvider({ file: "ionos.yaml", text: text.slice(0, end), id: "ionos" }).ok,
      `cut at ${end}`,
    );
  }
});

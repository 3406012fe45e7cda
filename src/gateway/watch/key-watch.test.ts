// A key service that is down: what must be recorded under a key that cannot be had is refused, the rest goes on.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { askChat, errorOf } from "../../../test/support/ask.ts";
import { askAdmin } from "../../../test/support/ask-admin.ts";
import { keyOf, startTestCell, type TestCell } from "../../../test/support/test-cell.ts";
import { type KeyService, KeysUnavailableError, openFileService } from "../../keys/index.ts";

/** The service of development, behind a line that can be cut. */
function serviceBehind(t: TestContext): {
  readonly service: KeyService;
  readonly cut: (isCut: boolean) => void;
} {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-keys-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const real = openFileService(join(directory, "wrapping.key"));
  let isDown = false;
  const reach = (): KeyService => {
    if (isDown) throw new KeysUnavailableError(real.name, "the line is cut");
    return real;
  };
  const service: KeyService = {
    name: real.name,
    warning: real.warning,
    wrap: async (plain, context) => reach().wrap(plain, context),
    unwrap: async (wrapped, context) => reach().unwrap(wrapped, context),
    rewrap: async (wrapped, context) => reach().rewrap(wrapped, context),
    rotate: async () => reach().rotate(),
    describe: async () => reach().describe(),
    close: () => real.close(),
  };
  return { service, cut: (isCut) => (isDown = isCut) };
}

function askAs(cell: TestCell, person: string): ReturnType<typeof askChat> {
  return askChat(cell, { headers: { "bailiwick-subject": person } });
}

async function readiness({
  gateway,
}: TestCell): Promise<{ readonly status: number; readonly keys: unknown }> {
  const answer = await fetch(`${gateway.adminUrl}/readyz?verbose`);
  return {
    status: answer.status,
    keys: ((await answer.json()) as Record<string, unknown>)["areKeysAvailable"],
  };
}

test("without its key service a cell serves whom it knows, refuses whom it does not, and says so", async (t) => {
  const { service, cut } = serviceBehind(t);
  const cell = await startTestCell(t, { keyService: service });
  assert.equal((await askAs(cell, "known")).status, 200);
  cut(true);
  assert.equal((await askAs(cell, "known")).status, 200);
  const before = cell.entries.length;
  const refused = await askAs(cell, "unknown");
  assert.equal(refused.status, 503);
  assert.equal(errorOf(refused).type, "gateway_keys_unavailable");
  assert.equal(refused.headers.get("retry-after"), "5");
  assert.equal(cell.entries.length, before);
  assert.deepEqual(await readiness(cell), { status: 200, keys: false });
  assert.match(cell.metrics(), /bailiwick_keys_available\{[^}]*\} 0/);
  assert.match(cell.metrics(), /bailiwick_alarms_total\{[^}]*keys_unavailable[^}]*\} 1/);

  const models = await fetch(`${cell.gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${keyOf("demo-bank")}` },
  });
  assert.equal(models.status, 200);
  await models.body?.cancel();
});

test("an erasure needs no key service; a disclosure does, and says when to come back", async (t) => {
  const { service, cut } = serviceBehind(t);
  const cell = await startTestCell(t, { keyService: service });
  await askAs(cell, "known");
  const subject = cell.entries.find((entry) => entry.t === "decision")?.subject;
  cut(true);
  const input = { subject, recipient: "auditor" };
  const disclosed = await askAdmin(cell, "POST", "/admin/disclosures", input);
  assert.equal(disclosed.status, 503);
  assert.equal(disclosed.body["code"], "keys_unavailable");
  assert.ok(!cell.entries.some(({ t: kind }) => kind === "disclosure"));
  const erased = await askAdmin(cell, "POST", "/admin/erasures", { subject, ground: "gdpr-17-1-b" });
  assert.equal(erased.status, 200);
});

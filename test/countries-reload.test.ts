// A file of countries that changes under a running cell, as its operator does it: put the new one in its place, send SIGHUP.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, startDemoFor } from "./support/demo.ts";
import { type ServedProcess, startServedProcess } from "./support/served-process.ts";
import { tinyMmdb } from "./support/tiny-mmdb.ts";

test("SIGHUP takes up a new file of countries; one that is damaged or gone leaves the last good one, and the log says which", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-countries-"));
  const file = join(directory, "countries.mmdb");
  try {
    const demo = await startDemoFor(t, { directory });
    assert.equal(await demo.stop(), 0);
    const config = join(directory, "eu-frankfurt.yaml");
    writeFileSync(
      config,
      `${readFileSync(config, "utf8").trimEnd()}\ngeo-ip: ${file}\ntrusted-proxies: [127.0.0.0/8]\n`,
    );
    put(file, countryOf("FR"));
    const served = await startServedProcess(config);
    const ask = (): Promise<string> => errorOf(served, demo.contract.keys["demo-bank"] ?? "");
    try {
      assert.equal(await ask(), "none");
      // A country whose law no pack of the demo states.
      put(file, countryOf("CL"));
      assert.equal(await ask(), "none");
      served.child.kill("SIGHUP");
      await eventually(async () => (await ask()) === "policy_jurisdiction_unknown");

      put(file, Buffer.from("no database"));
      served.child.kill("SIGHUP");
      await eventually(() => Promise.resolve(faults(served).length === 1));
      rmSync(file);
      served.child.kill("SIGHUP");
      await eventually(() => Promise.resolve(faults(served).length === 2));
      assert.deepEqual(faults(served), ["damaged", "unreadable"]);
      assert.equal(await ask(), "policy_jurisdiction_unknown");
    } finally {
      served.child.kill("SIGTERM");
      assert.deepEqual(await served.ended, [0, null]);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

function countryOf(code: string): Buffer {
  return tinyMmdb({ "203.0.113.0/24": { country: { iso_code: code } } });
}

/** As whoever renews it should: no reader meets half of it. */
function put(file: string, bytes: Buffer): void {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}

async function errorOf({ cell }: ServedProcess, key: string): Promise<string> {
  const answer = await fetch(`${cell.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "x-forwarded-for": "203.0.113.7",
    },
    body: JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "hello" }] }),
  });
  const { error } = (await answer.json()) as { readonly error?: { readonly code: string } };
  return error?.code ?? "none";
}

function faults({ stderr }: ServedProcess): readonly string[] {
  return stderr()
    .split("\n")
    .filter((line) => line.includes("countries_refused"))
    .map((line) => (JSON.parse(line) as { readonly fault: string }).fault);
}

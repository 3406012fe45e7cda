// Files that are on their way into the cell or out of it, while something happens.
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../support/demo.ts";
import { openRaw } from "../support/raw-http.ts";
import { clientOf, startStoringCell, storingPolicy, upload } from "../support/storing-cell.ts";
import { keyOf } from "../support/test-cell.ts";

test("a download that breaks off leaves no descriptor behind", async (t) => {
  const policy = storingPolicy.replaceAll("max-bytes: 2000000", "max-bytes: 100000000");
  const cell = await startStoringCell(t, { policy, limits: { maxBodyBytes: 40_000_000 } });
  // More than the sockets between the two hold.
  const { id } = await upload(clientOf(cell), "x".repeat(32_000_000));
  const raw = await openRaw(t, cell.gateway.url);
  const head = `GET /v1/files/${id}/content HTTP/1.1\r\nhost: cell\r\nauthorization: Bearer ${keyOf("demo-bank")}`;
  raw.send(`${head}\r\n\r\n`);
  await raw.heard("HTTP/1.1 200");
  assert.equal(openContents(), 1);
  raw.socket.destroy();
  await eventually(() => openContents() === 0, 5_000);
});

/** Contents of files that this process has open. */
function openContents(): number {
  const paths = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(join("/proc/self/fd", descriptor));
    } catch {
      return "closed meanwhile";
    }
  });
  return paths.filter((path) => path.endsWith("/content")).length;
}

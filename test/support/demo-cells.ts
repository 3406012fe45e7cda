// The demo's cells one by one in this process, so that a test can stop one, change its state and start it again.
import { processLimits } from "../../src/cell/load/capacity.ts";
import { appendFileSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { composeCell, type RunningCell } from "../../src/cell/compose-cell.ts";
import { prepareDemo } from "../../src/cell/demo/demo.ts";
import { writeDemoTrust } from "../../src/cell/demo/demo-trust.ts";
import { reservePortBase } from "./port-block.ts";

export interface DemoCells {
  readonly directory: string;
  readonly trustFile: string;
  /** Of tenants. */
  readonly keys: Readonly<Record<string, string>>;
  /** Under the cell's name; it is stopped when the test ends, if it was not before. */
  start(name: string): Promise<RunningCell>;
  /** Its status. */
  chat(cell: RunningCell, tenant: string, content: string): Promise<number>;
}

export async function prepareDemoCells(t: TestContext): Promise<DemoCells> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-cells-"));
  const demo = await prepareDemo({ directory, portBase: await reservePortBase(), modelFile: null });
  writeDemoTrust(demo.trustFile, demo.cells);
  // Every wait of these tests is for a checkpoint.
  for (const { file } of demo.cells) appendFileSync(file, "seal-interval-ms: 100\n");
  const running: RunningCell[] = [];
  t.after(async () => {
    await Promise.allSettled(running.map((cell) => cell.stop()));
    await rm(directory, { recursive: true, force: true });
  });
  return {
    directory,
    trustFile: demo.trustFile,
    keys: demo.keys,
    start: async (name) => {
      const cell = await composeCell(
        { file: join(directory, `${name}.yaml`), wantedCell: null },
        processLimits(demo.cells.length),
      );
      running.push(cell);
      return cell;
    },
    chat: async (cell, tenant, content) => {
      const answer = await fetch(`${cell.url}/v1/chat/completions`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${demo.keys[tenant]}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ model: "assistant", messages: [{ role: "user", content }] }),
      });
      await answer.text();
      return answer.status;
    },
  };
}

/** What the cell publishes now. */
export function checkpointOf({ ledgerDirectory, verifierKey }: RunningCell): Uint8Array {
  const shard = verifierKey.name.split("/").at(-1) ?? "";
  return new Uint8Array(readFileSync(join(ledgerDirectory, "log", shard, "checkpoint")));
}

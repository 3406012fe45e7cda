import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { reachStore, type Visitor } from "./visitor.ts";

/**
 * How much more the tenant (a handle) may have in this cell, of files and of batches with their results together. Below
 * zero where the policy of now allows less than there is. It goes through all of it on disk.
 */
export async function storageRoomBytes(
  { files, batches }: CellServices,
  { tenant, maxBytes }: { readonly tenant: string; readonly maxBytes: number },
): Promise<number> {
  const [ofFiles, ofBatches] = await Promise.all([files.bytesOf(tenant), batches.bytesOf(tenant)]);
  return maxBytes - ofFiles - ofBatches;
}

export interface WantedRoom {
  readonly what: "file" | "batch";
  readonly bytes: number;
}

/**
 * Throws `caller_storage_full`, which says of what there is too much and what to delete. What comes at the same moment, or during one
 * look at the disk, sees the same room: it may be exceeded by as many as come then, and by the results of batches that are open.
 */
export async function requireRoom(
  exchange: Exchange,
  { tenant, policy: { maxCount, maxBytes } }: Visitor,
  { what, bytes }: WantedRoom,
): Promise<void> {
  const { files, batches } = exchange.cell;
  const found = Promise.all([files.ids(tenant), batches.ids(tenant)]);
  const [{ length: fileCount }, { length: batchCount }] = await reachStore(exchange, found);
  if (fileCount + batchCount >= maxCount)
    throw storageFull(
      what,
      `there are ${fileCount} files and ${batchCount} batches, and may be ${maxCount} together (the policy's \`max-count\`)`,
    );
  if (bytes > (await reachStore(exchange, storageRoomBytes(exchange.cell, { tenant, maxBytes }))))
    throw storageFull(
      what,
      `files and batches may take ${maxBytes} bytes together (the policy's \`max-bytes\`)`,
    );
}

function storageFull(what: WantedRoom["what"], reason: string): GatewayError {
  const next =
    "delete files that nobody needs (`DELETE /v1/files/{id}`), results of batches too, or wait: each file and each batch goes when it expires";
  const message = `there is no room for the ${what}: ${reason}; ${next}`;
  return new GatewayError("caller_storage_full", message, what === "file" ? { param: "file" } : {});
}

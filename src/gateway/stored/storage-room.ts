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

/** What comes at the same moment, or during one look at the disk, sees the same room: it may be exceeded by as many as come then. */
export async function hasRoomFor(
  exchange: Exchange,
  { tenant, policy: { maxBytes } }: Visitor,
  bytes: number,
): Promise<boolean> {
  return bytes <= (await reachStore(exchange, storageRoomBytes(exchange.cell, { tenant, maxBytes })));
}

export function storageFull({ policy }: Visitor, what: "file" | "batch"): GatewayError {
  const most = `${policy.maxCount} files, ${policy.maxBytes} bytes of files and batches`;
  const message = `there is no room for the ${what} (the policy's \`files\`: ${most}); delete some files, or wait until they expire`;
  return new GatewayError("caller_storage_full", message, what === "file" ? { param: "file" } : {});
}

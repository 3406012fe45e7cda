import type { CellServices } from "../exchange/cell-services.ts";

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

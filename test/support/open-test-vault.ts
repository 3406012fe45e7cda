import { join } from "node:path";
import { openFileService, openVault, type Vault } from "../../src/keys/index.ts";

type VaultOptions = Parameters<typeof openVault>[0];

/** A vault as `serve` opens one; by default with the key service of development. */
export async function openTestVault(directory: string, options: Partial<VaultOptions> = {}): Promise<Vault> {
  return openVault({
    directory: join(directory, "vault"),
    service: openFileService(join(directory, "keys", "wrapping.key")),
    deployment: "test.example",
    cell: "cell-1",
    ...options,
  });
}

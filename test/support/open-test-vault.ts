import { join } from "node:path";
import { openFileService, openVault, type Vault } from "../../src/keys/index.ts";

/** A vault as `serve` opens one, with the key service of development. */
export async function openTestVault(directory: string): Promise<Vault> {
  return openVault({
    directory: join(directory, "vault"),
    service: openFileService(join(directory, "keys", "wrapping.key")),
    deployment: "test.example",
    cell: "cell-1",
  });
}

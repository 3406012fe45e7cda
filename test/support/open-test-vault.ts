import { join } from "node:path";
import { type KeyService, openFileService, openVault, type Vault } from "../../src/keys/index.ts";

/** A vault as `serve` opens one; by default with the key service of development. */
export async function openTestVault(directory: string, service?: KeyService): Promise<Vault> {
  return openVault({
    directory: join(directory, "vault"),
    service: service ?? openFileService(join(directory, "keys", "wrapping.key")),
    deployment: "test.example",
    cell: "cell-1",
  });
}

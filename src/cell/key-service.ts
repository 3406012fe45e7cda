// The key service that the cell file names.
import { dirname, join, resolve } from "node:path";
import { unreachable } from "../base/index.ts";
import type { AwsKmsKeys, Pkcs11Keys, SecretReference, TransitKeys } from "../config/index.ts";
import {
  type KeyService,
  openAwsKmsService,
  openFileService,
  openPkcs11Service,
  openTransitService,
} from "../keys/index.ts";
import { readText } from "./load/file-text.ts";
import type { LocatedCell } from "./load/loaded-cell.ts";
import { resolveSecret } from "./load/secret.ts";

export async function openKeyService({
  cellFile: { keys },
  file,
  stateDirectory,
}: Pick<LocatedCell, "cellFile" | "file" | "stateDirectory">): Promise<KeyService> {
  switch (keys.service) {
    case "file":
      return openFileService(join(stateDirectory, "keys", "wrapping.key"));
    case "transit":
      return openTransit(keys, file);
    case "pkcs11":
      return openPkcs11(keys, file);
    case "aws-kms":
      return openAwsKms(keys, file);
    default:
      return unreachable(keys);
  }
}

function openTransit({ authoritiesPath, token, ...keys }: TransitKeys, file: string): KeyService {
  const authorities =
    authoritiesPath === null
      ? null
      : readText("authorities of the key service", resolve(dirname(file), authoritiesPath));
  return openTransitService({ ...keys, authorities, token: secretOf("keys.token", token, file) });
}

function openPkcs11({ modulePath, pin, ...keys }: Pkcs11Keys, file: string): Promise<KeyService> {
  const module = resolve(dirname(file), modulePath);
  return openPkcs11Service({ ...keys, module, pin: secretOf("keys.pin", pin, file) });
}

function openAwsKms({ credentials, ...keys }: AwsKmsKeys, file: string): Promise<KeyService> {
  return openAwsKmsService({
    ...keys,
    credentials: credentials && {
      accessKeyId: secretOf("keys.access-key", credentials.accessKey, file)(),
      secretAccessKey: secretOf("keys.secret-key", credentials.secretKey, file)(),
    },
  });
}

/** Reads the secret now, so that a missing one is heard of at the start, and at each use, since it may be renewed. */
function secretOf(field: string, reference: SecretReference, file: string): () => string {
  const read = () => resolveSecret(`\`${field}\``, reference, { environment: process.env, policyFile: file });
  read();
  return read;
}

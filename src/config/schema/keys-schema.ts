// `keys` of the cell file: where the key is that wraps the subjects' keys. See docs/keys.md.
import { z } from "zod";
import type { KeysConfig } from "../values/keys-config.ts";
import { count, filePath, label, regionLabel, secretReference, url } from "./vocabulary.ts";

const second = 1000;
const serviceWords = "one of `file`, `transit`, `pkcs11`, `aws-kms`";
const pathWords = "a path of letters, digits, `-`, `_`, `.` and `/`";
const enginePath = z.string({ error: pathWords }).regex(/^[\w.-]+(\/[\w.-]+)*$/, { error: pathWords });
const addressWords = "an address with `https`; `http` is for this machine's own loopback";

/** The way there must be encrypted: what is sent to be wrapped is a subject's key in the clear. */
const address = url.refine(
  (text) => /^(https:|http:\/\/(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])([:/]|$))/.test(text),
  {
    error: addressWords,
  },
);

const timeoutMs = count(100, 60 * second)
  .default(2 * second)
  .describe("How long one call may take. A request whose key is not in memory waits for it.");

const file = z.strictObject({
  service: z.literal("file").describe("A file beside the vault, for development."),
});

const transit = z
  .strictObject({
    service: z.literal("transit").describe("The transit engine of OpenBao or Vault."),
    address: address.describe("Of the server or its load balancer."),
    mount: enginePath.default("transit").describe("Where the engine is mounted."),
    key: enginePath.describe("The key's name: this cell's own, of type `aes256-gcm96`, not exportable."),
    namespace: enginePath.optional().describe("The namespace of the mount, where there are namespaces."),
    token: secretReference.describe(
      "Where the token is; a file is read anew for each call, so it may be renewed.",
    ),
    authorities: filePath
      .optional()
      .describe("Certificates in PEM of who vouches for the server. Default: the system's."),
    "timeout-ms": timeoutMs,
  })
  .transform(({ authorities, "timeout-ms": timeoutMs, namespace, ...rest }): KeysConfig => ({
    ...rest,
    namespace: namespace ?? null,
    authoritiesPath: authorities ?? null,
    timeoutMs,
  }));

const pkcs11 = z
  .strictObject({
    service: z.literal("pkcs11").describe("A token behind a PKCS #11 module. Needs the package `pkcs11js`."),
    module: filePath.describe("The vendor's library."),
    token: label.describe("The token's label."),
    key: label.describe("The label of the AES key: sensitive, not extractable, with an id."),
    pin: secretReference.describe("Where the user's PIN is."),
  })
  .transform(({ module, ...rest }): KeysConfig => ({ ...rest, modulePath: module }));

const awsKms = z
  .strictObject({
    service: z.literal("aws-kms").describe("AWS KMS. Needs the package `@aws-sdk/client-kms`."),
    key: label.describe("The key's ARN, id or alias (`alias/…`)."),
    region: regionLabel.describe("The region of the key: the cell's own."),
    endpoint: address.optional().describe("A private endpoint. Default: the region's."),
    "access-key": secretReference
      .optional()
      .describe("Where the access key's id is. Default: what the machine, its role or its profile has."),
    "secret-key": secretReference.optional().describe("Where its secret is; goes with `access-key`."),
    "timeout-ms": timeoutMs,
  })
  .refine((keys) => (keys["access-key"] === undefined) === (keys["secret-key"] === undefined), {
    error: "`access-key` and `secret-key` together, or neither",
  })
  .transform(
    ({
      endpoint,
      "access-key": accessKey,
      "secret-key": secretKey,
      "timeout-ms": timeoutMs,
      ...rest
    }): KeysConfig => ({
      ...rest,
      endpoint: endpoint ?? null,
      credentials: accessKey && secretKey ? { accessKey, secretKey } : null,
      timeoutMs,
    }),
  );

export const keys = z
  .discriminatedUnion("service", [file, transit, pkcs11, awsKms], { error: serviceWords })
  .meta({ title: "key service" });

import type { SecretReference } from "./policy.ts";

/** Where the key is that wraps the subjects' keys, by service. */
export type KeysConfig = FileKeys | TransitKeys | Pkcs11Keys | AwsKmsKeys;

export interface FileKeys {
  readonly service: "file";
}

export interface TransitKeys {
  readonly service: "transit";
  readonly address: string;
  readonly mount: string;
  readonly key: string;
  readonly namespace: string | null;
  readonly token: SecretReference;
  /** As written: relative to the cell file's folder. */
  readonly authoritiesPath: string | null;
  readonly timeoutMs: number;
}

export interface Pkcs11Keys {
  readonly service: "pkcs11";
  /** As written: relative to the cell file's folder. */
  readonly modulePath: string;
  readonly token: string;
  readonly key: string;
  readonly pin: SecretReference;
}

export interface AwsKmsKeys {
  readonly service: "aws-kms";
  readonly key: string;
  readonly region: string;
  readonly endpoint: string | null;
  /** Null: what the machine, its role or its profile has. */
  readonly credentials: { readonly accessKey: SecretReference; readonly secretKey: SecretReference } | null;
  readonly timeoutMs: number;
}

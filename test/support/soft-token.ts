// Real PKCS #11 tokens of SoftHSM (Debian package `softhsm2`), in a directory of the test's own.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Cryptoki from "pkcs11js";
import { programOnPath } from "./go-tool.ts";

export const softTokenModule = "/usr/lib/softhsm/libsofthsm2.so";
export const pin = "1234";

/** Why there are no tokens here; undefined: there are. */
export const softTokensAbsent: string | undefined = whatIsAbsent();

export interface SoftTokens {
  readonly directory: string;
  remove(): void;
}

/** For the whole process, because the module reads its configuration once; before anything opens it. */
export function makeSoftTokens(labels: readonly string[]): SoftTokens {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-tokens-"));
  mkdirSync(join(directory, "tokens"));
  const configuration = join(directory, "softhsm2.conf");
  writeFileSync(configuration, `directories.tokendir = ${join(directory, "tokens")}\nlog.level = ERROR\n`);
  process.env["SOFTHSM2_CONF"] = configuration;
  for (const label of labels) {
    const token = ["--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "5678"];
    execFileSync("softhsm2-util", token, { stdio: "pipe" });
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

interface TokenKey {
  readonly token: string;
  readonly label: string;
  readonly id: string;
  readonly isExtractable?: boolean;
}

/** What an operator does once, with the token's own tools. */
export function makeTokenKeys(keys: readonly TokenKey[]): void {
  const pkcs11 = loadLibrary();
  const module = new pkcs11.PKCS11();
  module.load(softTokenModule);
  module.C_Initialize({ flags: pkcs11.CKF_OS_LOCKING_OK });
  try {
    for (const key of keys) makeTokenKey(pkcs11, module, key);
  } finally {
    module.C_Finalize();
    module.close();
  }
}

function makeTokenKey(
  pkcs11: typeof Cryptoki,
  module: Cryptoki.PKCS11,
  { token, label, id, isExtractable = false }: TokenKey,
): void {
  const slot = module
    .C_GetSlotList(true)
    .find((slot) => module.C_GetTokenInfo(slot).label.trimEnd() === token);
  if (!slot) throw new Error(`no token \`${token}\``);
  const session = module.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION);
  module.C_Login(session, pkcs11.CKU_USER, pin);
  module.C_GenerateKey(session, { mechanism: pkcs11.CKM_AES_KEY_GEN }, [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
    { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_AES },
    { type: pkcs11.CKA_VALUE_LEN, value: 32 },
    { type: pkcs11.CKA_LABEL, value: label },
    { type: pkcs11.CKA_ID, value: Buffer.from(id, "hex") },
    { type: pkcs11.CKA_TOKEN, value: true },
    { type: pkcs11.CKA_PRIVATE, value: true },
    { type: pkcs11.CKA_SENSITIVE, value: !isExtractable },
    { type: pkcs11.CKA_EXTRACTABLE, value: isExtractable },
    { type: pkcs11.CKA_ENCRYPT, value: true },
    { type: pkcs11.CKA_DECRYPT, value: true },
  ]);
  module.C_CloseSession(session);
}

/** Native code that an installation without a compiler does not have. */
function loadLibrary(): typeof Cryptoki {
  return createRequire(import.meta.url)("pkcs11js") as typeof Cryptoki;
}

function whatIsAbsent(): string | undefined {
  if (!existsSync(softTokenModule) || programOnPath("softhsm2-util") === null) {
    return "softhsm2 is not installed: apt-get install softhsm2";
  }
  try {
    loadLibrary();
    return undefined;
  } catch {
    return "pkcs11js is not built: npm rebuild pkcs11js, with a C++ compiler";
  }
}

// Real PKCS #11 tokens of SoftHSM (Debian package `softhsm2`), in a directory of the test's own.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pkcs11 from "pkcs11js";

export const softTokenModule = "/usr/lib/softhsm/libsofthsm2.so";
export const pin = "1234";

/** Why there are no tokens here; undefined: there are. */
export const softTokensAbsent: string | undefined = existsSync(softTokenModule)
  ? undefined
  : "softhsm2 is not installed: apt-get install softhsm2";

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
  const module = new pkcs11.PKCS11();
  module.load(softTokenModule);
  module.C_Initialize({ flags: pkcs11.CKF_OS_LOCKING_OK });
  try {
    for (const key of keys) makeTokenKey(module, key);
  } finally {
    module.C_Finalize();
    module.close();
  }
}

function makeTokenKey(module: pkcs11.PKCS11, { token, label, id, isExtractable = false }: TokenKey): void {
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

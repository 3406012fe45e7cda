import { dirname, resolve } from "node:path";
import type { CellFile } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { faultOf, type ListenerTls } from "../../gateway/index.ts";
import { readText } from "./file-text.ts";

interface Place {
  readonly cellFile: Pick<CellFile, "tls">;
  /** The cell file, beside which the others lie. */
  readonly file: string;
}

/** Null where callers are received in the clear. Throws {@link UnusableInputError}, which names the file. */
export function readListenerTls({ cellFile: { tls }, file }: Place): ListenerTls | null {
  if (tls === null) return null;
  const pathOf = (path: string): string => resolve(dirname(file), path);
  const [certificatePath, keyPath] = [pathOf(tls.certificatePath), pathOf(tls.keyPath)];
  const read: ListenerTls = {
    certificate: readText("`tls.certificate`", certificatePath),
    key: readText("`tls.key`", keyPath),
    clients: Array.from(tls.clientAuthorities, ([trustDomain, path]) => ({
      trustDomain,
      certificates: readText(authoritiesOf(trustDomain), pathOf(path)),
    })),
  };
  const fault = faultOf(read);
  if (fault === null) return read;
  const line =
    fault.part === "certificate"
      ? `\`tls\`: \`${certificatePath}\` and \`${keyPath}\` are no certificate with its private key, both as PEM`
      : `${authoritiesOf(fault.trustDomain)}: \`${pathOf(tls.clientAuthorities.get(fault.trustDomain) ?? "")}\` holds no certificates of authorities as PEM`;
  throw new UnusableInputError([line]);
}

function authoritiesOf(trustDomain: string): string {
  return `\`tls.client-authorities.${trustDomain}\``;
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isObject, parseJson, toHex } from "../../base/index.ts";
import { randomBytes } from "../../keys/index.ts";
import { readText } from "../load/file-text.ts";
import { UnusableInputError, writeText } from "../../disk/index.ts";

/** The demo's tenants, and the cell where each one's requests are at home. */
export const demoTenants = [
  { tenant: "demo-bank", cell: "eu-frankfurt" },
  { tenant: "demo-clinic", cell: "eu-frankfurt" },
  { tenant: "demo-shop", cell: "us-virginia" },
  { tenant: "demo-dubai", cell: "ae-dubai" },
] as const;

/** Tenant → API key in plain text: only a demo keeps it. The policy holds SHA-256 alone. */
export type DemoKeys = Readonly<Record<string, string>>;

/** The keys of an earlier start, or new ones; the file is readable by its owner alone. */
export function openDemoKeys(directory: string): DemoKeys {
  const file = join(directory, "keys.json");
  if (existsSync(file)) return parseDemoKeys(file, readText("key file", file));
  const keys = Object.fromEntries(demoTenants.map(({ tenant }) => [tenant, newKey(tenant)]));
  writeText(file, `${JSON.stringify(keys, null, 2)}\n`, 0o600);
  return keys;
}

function newKey(tenant: string): string {
  return `sk-${tenant}-${toHex(randomBytes(16))}`;
}

function parseDemoKeys(file: string, text: string): DemoKeys {
  const keys = parseJson(text);
  if (isObject(keys) && demoTenants.every(({ tenant }) => isDemoKey(keys[tenant]))) return keys as DemoKeys;
  throw new UnusableInputError([
    `key file \`${file}\` does not hold a key for each demo tenant; delete it to get new keys`,
  ]);
}

function isDemoKey(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("sk-");
}

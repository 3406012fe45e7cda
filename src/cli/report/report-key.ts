// The key that signs a cell's reports: its own, for a log's key signs nothing but its log.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UnusableInputError } from "../../disk/index.ts";

/** Beside the other keys of the cell, or of the folder that several cells lie in. */
export function reportKeyFile(directory: string): string {
  const here = resolve(directory);
  const folder = [here, dirname(here)].map((each) => join(each, "keys")).find((each) => existsSync(each));
  if (folder !== undefined) return join(folder, "report.pem");
  throw new UnusableInputError([
    `no \`keys\` folder lies beside \`${directory}\`; name the key that signs with \`--key FILE\`, which is made if it is missing`,
  ]);
}

/** `acme.example/report/DE/eu-frankfurt` for that cell's logs; `acme.example/report` for those of several cells. */
export function reportKeyName(origins: readonly string[]): string {
  const names = new Set(
    origins.map((origin) => origin.replace("/ledger/", "/report/").replace(/\/[^/]+$/, "")),
  );
  const [name = "report", ...others] = names;
  return others.length === 0 ? name : name.replace(/\/report\/.*$/, "/report");
}

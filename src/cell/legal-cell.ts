import { dirname, resolve } from "node:path";
import { parseCellFile, type Policy } from "../config/index.ts";
import { type LegalRegister, openLegalRegister } from "../gateway/index.ts";
import { accepted } from "./load/accepted.ts";
import { readText } from "./load/file-text.ts";
import { legalDirectory } from "./load/legal-directory.ts";
import { readPolicy } from "./load/policy-file.ts";
import { asUnusableState } from "../disk/index.ts";

/** What of a cell an event is about; the cell may be running or not. */
export interface LegalCell {
  readonly policy: Policy;
  readonly register: LegalRegister;
}

export function openLegalCell(file: string): LegalCell {
  const cellFile = accepted(parseCellFile({ file, text: readText("cell file", file) }));
  const folder = dirname(resolve(file));
  const policy = accepted(readPolicy(resolve(folder, cellFile.policyPath)));
  const directory = legalDirectory(resolve(folder, cellFile.stateDirectory));
  try {
    const { deployment, eventKeys } = policy;
    return { policy, register: openLegalRegister({ directory, deployment, keys: eventKeys }) };
  } catch (error) {
    throw asUnusableState(`legal events in \`${directory}\``, error);
  }
}

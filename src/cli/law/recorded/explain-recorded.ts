// `explain --request`: why a request went where it went, or was refused, from what was recorded of it.
import { dirname, resolve } from "node:path";
import type { Place } from "../../../base/index.ts";
import { ledgerDirectory, locateCell, type LocatedCell, readText } from "../../../cell/index.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import { tenantHandle } from "../../privacy/tenant-handle.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { type Evidence, type EvidencePlace, readEvidence } from "./evidence.ts";
import { deriveAgain, type ExplainedDecision, isSame } from "./explained-decision.ts";
import type { HandleOf } from "./facts-of-then.ts";
import type { PolicyFile } from "./law-of-then.ts";
import { findRequest } from "./recorded-request.ts";
import { formatRecorded } from "./recorded-text.ts";

export interface RecordedQuestion {
  readonly request: string;
  /** The policy file as it was then; null: the one of the cell file. */
  readonly policy: string | null;
  /** Where the ledger lies; null: the cell's own. */
  readonly ledger: string | null;
  readonly config: string | null;
  readonly cell: string | null;
  readonly trust: string | null;
  readonly tenant: string | null;
  readonly citizenships: readonly Place[];
  readonly isJson: boolean;
}

/** Exit code 0: each decision was derived again, to the same verdict, and nothing of the evidence is damaged. */
export async function explainRecorded(terminal: Terminal, question: RecordedQuestion): Promise<ExitCode> {
  const { request, config, cell, isJson } = question;
  const own = config === null ? null : locateCell({ file: resolve(config), wantedCell: cell });
  const evidence = await readEvidence(terminal, placeOf(question, own), request);
  const policyFile = policyFileOf(question.policy ?? own?.policyFile ?? null);
  const explained: ExplainedDecision[] = [];
  for (const recorded of findRequest(evidence, request)) {
    // A tenant has another handle in each cell.
    const handleOf = own?.cell.id === recorded.decision.cell ? handlesOf(terminal, question) : null;
    const { tenant, citizenships } = question;
    const means = { evidence, policyFile, handleOf, tenant, citizenships };
    explained.push({ recorded, again: await deriveAgain(recorded, means) });
  }
  await (isJson
    ? terminal.printJson(plain(evidence, explained))
    : terminal.print(formatRecorded(evidence, explained)));
  return isAllSame(evidence, explained) ? exitCode.ok : exitCode.checkFailed;
}

function placeOf({ ledger, trust }: RecordedQuestion, own: LocatedCell | null): EvidencePlace {
  const place = ledger ?? (own && ledgerDirectory(own.stateDirectory));
  if (place !== null) return { place, trust };
  throw new UnusableInputError([
    "nobody says where the ledger is; name it with `--ledger`, or the cell file with `--config`",
  ]);
}

function isAllSame({ faults }: Evidence, explained: readonly ExplainedDecision[]): boolean {
  return faults.length === 0 && explained.every(({ again }) => isSame(again));
}

function policyFileOf(file: string | null): PolicyFile | null {
  return file === null ? null : { file, directory: dirname(file), text: readText("policy", file) };
}

/** The cell says once on stderr which way it was asked. */
function handlesOf(terminal: Terminal, { config, cell }: RecordedQuestion): HandleOf {
  let asked = terminal;
  return async (tenant) => {
    const handle = await tenantHandle(asked, { tenant, config, cell, isLeft: true });
    asked = { ...terminal, note: () => {} };
    return handle;
  };
}

function plain(evidence: Evidence, explained: readonly ExplainedDecision[]): unknown {
  const { trust, faults, isChosen } = evidence;
  return {
    ok: isAllSame(evidence, explained),
    evidence: { isVerified: trust !== null && faults.length === 0, trust, faults, isChosen },
    decisions: explained.map(({ recorded: { history: _history, ...recorded }, again }) => ({
      ...recorded,
      isSame: isSame(again),
      again,
    })),
  };
}

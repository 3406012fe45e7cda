// Making a report: verify, count, prove, sign.
import { openSigningKey, sha256, type SigningKey } from "../keys/index.ts";
import { ed25519Type, formatNoteKey, noteKey, type NoteSigner, type TrustPolicy } from "../ledger/index.ts";
import {
  compileReport,
  type CompiledReport,
  FolderInUseError,
  LogChangedError,
  type ReportQuestion,
  requireEmptyFolder,
  UnverifiedLogError,
  type VerifiedLog,
  verifiedLogs,
  writeReport,
} from "../operate/index.ts";
import { believe } from "./believed.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { version } from "./installation.ts";
import { openSource } from "./ledger-source.ts";
import { complain, note, print, printJson } from "./output.ts";
import { reportKeyFile, reportKeyName } from "./report-key.ts";
import { countedBy } from "./report-progress.ts";
import { tenantHandle, type TenantSource } from "./tenant-handle.ts";
import { asUnusable, asUnusableState, UnusableInputError } from "./unusable-input.ts";

export interface ReportOptions {
  readonly question: Omit<ReportQuestion, "tenant">;
  readonly folder: string;
  /** Null: every tenant. */
  readonly tenant: TenantSource | null;
  readonly trust: string | null;
  readonly peer: string | null;
  readonly key: string | null;
  readonly isJson: boolean;
}

export async function makeReport(directory: string, options: ReportOptions): Promise<ExitCode> {
  try {
    return await make(directory, options);
  } catch (error) {
    if (error instanceof UnverifiedLogError || error instanceof LogChangedError) {
      complain(error.message);
      return exitCode.checkFailed;
    }
    if (error instanceof FolderInUseError) throw new UnusableInputError([error.message], { cause: error });
    throw asUnusable(`report \`${options.folder}\` cannot be written`, error);
  }
}

async function make(directory: string, options: ReportOptions): Promise<ExitCode> {
  const { folder, question } = options;
  requireEmptyFolder(folder);
  const tenant = options.tenant === null ? null : await tenantHandle(options.tenant);
  const key = openKey(options.key ?? reportKeyFile(directory));
  const { logs, peers, trust } = await verify(directory, options);
  const compiled = await countedBy(`reading ${directory}`, (onProgress) =>
    compileReport({
      ...question,
      tenant,
      logs,
      peers,
      trust,
      onProgress,
      software: `bailiwick/${version}`,
      nowMs: Date.now(),
    }),
  );
  const signer = signerOf(key, logs);
  await writeReport({ ...compiled, logs: [...logs, ...peers], signer, folder });
  await tell(compiled, options, formatNoteKey(signer.key));
  return exitCode.ok;
}

interface Verified {
  readonly logs: readonly VerifiedLog[];
  readonly peers: readonly VerifiedLog[];
  readonly trust: TrustPolicy;
}

/** The peer's logs together with the cell's own: what each says of the other is verified too. */
async function verify(place: string, { peer, trust }: ReportOptions): Promise<Verified> {
  const places = peer === null ? [place] : [place, peer];
  const sources = await Promise.all(places.map(openSource));
  const { policy, isFoundBeside } = believe(places, sources, trust);
  if (isFoundBeside) {
    complain(
      "the trust file that lies beside the ledger was used: whoever could change one could change the other; `--trust` with " +
        "a copy that you keep yourself proves more",
    );
  }
  const readers = sources.flatMap(({ logs }) => logs.map(({ reader }) => reader));
  const verified = await countedBy(`verifying ${place}`, (onProgress) =>
    verifiedLogs({ readers, trust: policy, onProgress }),
  );
  const ownCount = sources[0]?.logs.length ?? 0;
  return { logs: verified.slice(0, ownCount), peers: verified.slice(ownCount), trust: policy };
}

function openKey(file: string): SigningKey {
  try {
    return openSigningKey(file);
  } catch (error) {
    throw asUnusableState(`report key \`${file}\``, error);
  }
}

function signerOf(key: SigningKey, logs: readonly VerifiedLog[]): NoteSigner {
  const name = reportKeyName(logs.map(({ checkpoint }) => checkpoint.origin));
  const { publicKey } = key;
  return {
    key: noteKey(sha256, { name, type: ed25519Type, publicKey }),
    sign: (message) => key.sign(message),
  };
}

async function tell(
  { report }: CompiledReport,
  { folder, isJson }: ReportOptions,
  key: string,
): Promise<void> {
  const findings = report.sections.flatMap(({ title, facts }) =>
    facts
      .filter(({ isAlarming }) => isAlarming === true)
      .map(({ label, value }) => ({ section: title, label, value })),
  );
  if (isJson) {
    const { regime, period, sources, scannedCount, citations } = report;
    await printJson({
      folder,
      regime,
      period,
      sources,
      scannedCount,
      citationCount: citations.length,
      findings,
      key,
    });
    return;
  }
  await print(
    `wrote ${folder}: ${report.scannedCount} entries read, ${report.citations.length} records cited and proven`,
  );
  for (const { section, label, value } of findings)
    await print(`  to be looked at: ${section}: ${label}: ${value}`);
  note(`open ${folder}/report.html; check it with: bailiwick report verify ${folder} --trust FILE`);
  note(`that file needs this line, which the reader must get from you by another way: log ${key}`);
}

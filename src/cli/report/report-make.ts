// Making a report: verify, count, prove, sign.
import { openSigningKey, sha256, type SigningKey } from "../../keys/index.ts";
import {
  ed25519Type,
  formatNoteKey,
  noteKey,
  type NoteSigner,
  type TrustPolicy,
} from "../../ledger/index.ts";
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
} from "../../operate/index.ts";
import { trustSourceOf } from "../ledger/trust-source.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { version } from "../../cell/index.ts";
import { openSource } from "../ledger/ledger-source.ts";
import { reportKeyFile, reportKeyName } from "./report-key.ts";
import { countedBy } from "./report-progress.ts";
import { isHandle, tenantHandle, type TenantSource } from "../privacy/tenant-handle.ts";
import { asUnusable, asUnusableState, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

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

export async function makeReport(
  terminal: Terminal,
  directory: string,
  options: ReportOptions,
): Promise<ExitCode> {
  try {
    return await make(terminal, directory, options);
  } catch (error) {
    if (error instanceof UnverifiedLogError || error instanceof LogChangedError) {
      terminal.complain(error.message);
      return exitCode.checkFailed;
    }
    if (error instanceof FolderInUseError) throw new UnusableInputError([error.message], { cause: error });
    throw asUnusable(`report \`${options.folder}\` cannot be written`, error);
  }
}

async function make(terminal: Terminal, directory: string, options: ReportOptions): Promise<ExitCode> {
  const { folder } = options;
  // First, so that a name which nobody has leaves no folder behind.
  const tenant = options.tenant === null ? null : await tenantHandle(terminal, options.tenant);
  const takeAway = requireEmptyFolder(folder);
  try {
    return await makeIn(terminal, directory, { ...options, tenantHandle: tenant });
  } catch (error) {
    takeAway();
    throw error;
  }
}

async function makeIn(
  terminal: Terminal,
  directory: string,
  options: ReportOptions & { readonly tenantHandle: string | null },
): Promise<ExitCode> {
  const { folder, question, tenantHandle: tenant } = options;
  const key = openKey(options.key ?? reportKeyFile(directory));
  const { logs, peers, trust } = await verify(terminal, directory, options);
  const compiled = await countedBy(terminal, `reading ${directory}`, (onProgress) =>
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
  requireSeen(compiled, options.tenant);
  const signer = signerOf(key, logs);
  await writeReport({ ...compiled, logs: [...logs, ...peers], signer, folder });
  await tell(terminal, compiled, { ...options, key: formatNoteKey(signer.key) });
  return exitCode.ok;
}

/** A name was looked up in the policy; a handle is looked up here, for a report of nobody would be signed and empty. */
function requireSeen({ isTenantSeen }: CompiledReport, asked: TenantSource | null): void {
  if (isTenantSeen || asked === null || !isHandle(asked.tenant) || asked.isLeft) return;
  throw new UnusableInputError([
    `no entry of these logs is of a tenant with the handle \`${asked.tenant}\`; say \`--even-if-not-in-policy\` for an empty report`,
  ]);
}

interface Verified {
  readonly logs: readonly VerifiedLog[];
  readonly peers: readonly VerifiedLog[];
  readonly trust: TrustPolicy;
}

/** The peer's logs together with the cell's own: what each says of the other is verified too. */
async function verify(terminal: Terminal, place: string, { peer, trust }: ReportOptions): Promise<Verified> {
  const places = peer === null ? [place] : [place, peer];
  const sources = await Promise.all(places.map((each) => openSource(terminal, each)));
  const { policy, isFoundBeside } = trustSourceOf(places, sources, trust);
  if (isFoundBeside) {
    terminal.complain(
      "the trust file that lies beside the ledger was used: whoever could change one could change the other; `--trust` with " +
        "a copy that you keep yourself proves more",
    );
  }
  const readers = sources.flatMap(({ logs }) => logs.map(({ reader }) => reader));
  const verified = await countedBy(terminal, `verifying ${place}`, (onProgress) =>
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
  terminal: Terminal,
  { report }: CompiledReport,
  { folder, isJson, key }: Pick<ReportOptions, "folder" | "isJson"> & { readonly key: string },
): Promise<void> {
  const findings = report.sections.flatMap(({ title, facts }) =>
    facts
      .filter(({ isAlarming }) => isAlarming === true)
      .map(({ label, value }) => ({ section: title, label, value })),
  );
  if (isJson) {
    const { regime, period, sources, scannedCount, citations } = report;
    await terminal.printJson({
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
  await terminal.print(
    `wrote ${folder}: ${report.scannedCount} entries read, ${report.citations.length} records cited and proven`,
  );
  for (const { section, label, value } of findings)
    await terminal.print(`  to be looked at: ${section}: ${label}: ${value}`);
  terminal.note(`open ${folder}/report.html; check it with: bailiwick report verify ${folder} --trust FILE`);
  terminal.note(`that file needs this line, which the reader must get from you by another way: log ${key}`);
}

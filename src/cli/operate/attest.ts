// `attest`: what an engine's evidence says, as a cell reads it (docs/attestation.md). It asks nobody: the document is a file.
import { X509Certificate } from "node:crypto";
import { InvalidArgumentError, Option } from "commander";
import { fromHex, type InstantMs, type Result, toHex } from "../../base/index.ts";
import { readBytes } from "../../cell/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { type SevSnpProduct, sevSnpProducts, type TcbVersion } from "../../law/index.ts";
import { publicKeyHash, readAnswer, readGenuineReport, type SnpReport } from "../../providers/index.ts";
import type { Command } from "../terminal/command.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface VerifyFlags {
  readonly product: SevSnpProduct;
  readonly root?: string;
  readonly certificate?: string;
  readonly nonce?: Uint8Array;
  readonly json?: boolean;
}

export function addAttestCommand(program: Command): void {
  const attest = program
    .command("attest")
    .description("read the evidence by which an engine of your own shows what code it runs");
  attest
    .command("verify")
    .description(
      "verify a document of evidence as a cell does, and print what it says, as a policy says it; whether that is what you expect is yours to say",
    )
    .argument("<file>", "the document, as the engine gives it")
    .addOption(new Option("--product <kind>", "the processor").choices(sevSnpProducts).makeOptionMandatory())
    .option("--root <sha256>", "of the root's public key, where it is not AMD's", hexOf(32))
    .option("--certificate <file>", "the TLS certificate that it has to be made for, as PEM")
    .addOption(new Option("--nonce <hex>", "that it has to be made for").argParser(bytesOf(32)))
    .option("--json", "print it as JSON")
    .runs((terminal, file: string, flags: VerifyFlags) => verifyFile(terminal, file, flags));
}

function bytesOf(count: number): (text: string) => Uint8Array {
  return (text) => {
    const bytes = fromHex(text);
    if (bytes?.length === count) return bytes;
    throw new InvalidArgumentError(`It takes ${2 * count} lower-case hex digits.`);
  };
}

function hexOf(count: number): (text: string) => string {
  return (text) => toHex(bytesOf(count)(text));
}

async function verifyFile(terminal: Terminal, file: string, flags: VerifyFlags): Promise<ExitCode> {
  const judged = judge(readBytes("evidence", file), flags);
  if (!judged.ok) {
    const { name, reason } = judged.error;
    await (flags.json
      ? terminal.printJson({ isBelieved: false, fault: name, reason })
      : terminal.print(`not believed (${name}): ${reason}`));
    return exitCode.checkFailed;
  }
  await tell(terminal, judged.value, flags);
  return exitCode.ok;
}

function judge(
  document: Uint8Array,
  { product, root, certificate, nonce }: VerifyFlags,
): ReturnType<typeof readGenuineReport> {
  const nowMs = Date.now() as InstantMs;
  const genuine = readGenuineReport(document, { product, root: root ?? null, nowMs });
  if (!genuine.ok) return genuine;
  const { reportData } = genuine.value;
  return readAnswer(genuine.value, {
    publicKeyHash: certificate === undefined ? reportData.subarray(0, 32) : keyHashIn(certificate),
    nonce: nonce ?? reportData.subarray(32),
  });
}

function keyHashIn(file: string): Uint8Array {
  const certificate = readCertificate(readBytes("certificate", file));
  if (certificate.ok) return publicKeyHash(certificate.value);
  throw new UnusableInputError([`certificate \`${file}\` is none in PEM`]);
}

function readCertificate(bytes: Uint8Array): Result<X509Certificate, null> {
  try {
    return { ok: true, value: new X509Certificate(bytes) };
  } catch {
    return { ok: false, error: null };
  }
}

async function tell(terminal: Terminal, report: SnpReport, flags: VerifyFlags): Promise<void> {
  const said = saidBy(report, flags.product);
  await (flags.json
    ? terminal.printJson({ isBelieved: true, ...said })
    : terminal.print(policyText(said, flags)));
}

type Said = ReturnType<typeof saidBy>;

function saidBy(report: SnpReport, product: SevSnpProduct) {
  const { version, signedBy, measurement, reportData, reportedTcb, launchTcb, committedTcb } = report;
  return {
    product,
    version,
    signedBy,
    measurement,
    minimumTcb: leastOf([reportedTcb, launchTcb, committedTcb], product),
    madeForKey: toHex(reportData.subarray(0, 32)),
    madeForNonce: toHex(reportData.subarray(32)),
  };
}

/** As the policy's endpoint has it, so that it can be pasted there. */
function policyText(said: Said, { root, certificate, nonce }: VerifyFlags): string {
  const minimum = Object.entries(said.minimumTcb).map(([part, value]) => `${part}: ${value}`);
  return [
    `# a report of version ${said.version}, signed by a ${said.signedBy.toUpperCase()}; the firmware is the least of now, at the launch, and to which its owner can go back`,
    "attestation:",
    "  kind: sev-snp",
    `  product: ${said.product}`,
    `  measurements: ["${said.measurement}"]`,
    `  minimum-tcb: { ${minimum.join(", ")} }`,
    ...(root === undefined ? [] : [`  root: "${root}"`]),
    `# made for the public key with SHA-256 ${said.madeForKey}: ${heldAgainst(certificate)}`,
    `# made for the nonce ${said.madeForNonce}: ${heldAgainst(nonce)}`,
  ].join("\n");
}

function heldAgainst(given: unknown): string {
  return given === undefined ? "not held against anything" : "as it has to be";
}

/** As the policy names the parts. */
function leastOf(versions: readonly TcbVersion[], product: SevSnpProduct): Readonly<Record<string, number>> {
  const least = (part: keyof TcbVersion): number => Math.min(...versions.map((version) => version[part]));
  return {
    ...(product === "turin" && { fmc: least("fmc") }),
    "boot-loader": least("bootLoader"),
    tee: least("tee"),
    snp: least("snp"),
    microcode: least("microcode"),
  };
}

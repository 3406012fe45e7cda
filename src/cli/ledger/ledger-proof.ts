import { decodeUtf8 } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import { formatProofFile, parseEntry, verifyProofFile } from "../../ledger/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { readBytes, readTrust } from "../../cell/index.ts";
import { openOneLog } from "./ledger-directory.ts";
import { readEntry } from "./ledger-show.ts";
import { UnusableInputError, writeText } from "../../disk/index.ts";
import { usableProof } from "./verified-proof.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Writes a proof that carries its entry as extra data: the hashes authenticate it, so the file is all one needs. */
export async function proveEntry(
  terminal: Terminal,
  directory: string,
  { index, out }: { readonly index: number; readonly out: string | null },
): Promise<ExitCode> {
  const log = await openOneLog(terminal, directory);
  const entry = await readEntry(log, index);
  const proof = usableProof(log.directory, await log.prove(index));
  const text = decodeUtf8(formatProofFile({ ...proof, extra: entry })) ?? "";
  if (out === null) {
    await terminal.print(text.trimEnd());
  } else {
    writeText(out, text);
    terminal.note(`wrote ${out}; check it with: bailiwick ledger proof verify ${out} --trust FILE`);
  }
  return exitCode.ok;
}

export interface ProofOptions {
  readonly trust: string;
  /** Null: the entry that the proof carries. */
  readonly entry: string | null;
  readonly isJson: boolean;
}

export async function verifyProof(
  terminal: Terminal,
  file: string,
  { trust, entry, isJson }: ProofOptions,
): Promise<ExitCode> {
  const proof = usableProof(file, readBytes("proof", file));
  const bytes = entry === null ? proof.extra : withoutLastLineBreak(readBytes("entry", entry));
  if (bytes === null) {
    throw new UnusableInputError([
      `proof \`${file}\` carries no entry; give the one to be proven with \`--entry\``,
    ]);
  }
  const verified = verifyProofFile(proof, { entry: bytes, trust: readTrust(trust), sha256, verifyEd25519 });
  const parsed = parseEntry(bytes);
  if (isJson) {
    const { index } = proof;
    await terminal.printJson(
      verified.ok
        ? {
            ok: true,
            index,
            origin: verified.value.origin,
            size: verified.value.size,
            entry: parsed.ok ? parsed.value : null,
          }
        : { ok: false, index, reason: verified.error },
    );
  } else if (verified.ok) {
    await terminal.print(
      `${file}: ok: entry ${proof.index} of ${verified.value.origin}, signed at size ${verified.value.size}`,
    );
    await terminal.print(
      parsed.ok ? JSON.stringify(parsed.value, null, 2) : `the entry is none of ours: ${parsed.error.reason}`,
    );
  } else {
    await terminal.print(`${file}: FAILED: ${verified.error}`);
  }
  return verified.ok ? exitCode.ok : exitCode.checkFailed;
}

/** An entry is JSON on one line and never ends in a line break, but a file that was saved by hand does. */
function withoutLastLineBreak(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
}

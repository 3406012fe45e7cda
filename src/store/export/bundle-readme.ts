import { encodeUtf8, toBase64 } from "../../base/index.ts";
import type { Checkpoint } from "../../ledger/index.ts";

/** Speaks to somebody who has never heard of us, in plain ASCII, so that any program shows it. */
export function formatReadme(
  heads: readonly Checkpoint[],
  { isWhole }: { readonly isWhole: boolean },
): Uint8Array {
  const logs = heads.flatMap(({ origin, size, root }) => [
    `  ${origin}`,
    `    entries ${size}, root ${toBase64(root)}`,
  ]);
  const parts = [
    title,
    isWhole ? whole : chosen,
    "The logs, and the state of each that this bundle is of:\n",
    ...logs,
  ];
  return encodeUtf8([...parts, ours, others, limits].join("\n"));
}

const title = `EVIDENCE FROM AN INFERENCE GATEWAY'S LEDGER

An inference gateway decided for each request which endpoints were lawful, recorded the decision before
anything was sent, and recorded afterwards where the request ran. The records lie in append-only logs, one
for each gateway and month. Every log is a Merkle tree (RFC 9162) whose root is signed, and cosigned by other
gateways, so that nobody can change, remove or add a record afterwards without being found out.
`;

const whole = `WHAT IS HERE
  logs/<name of the log>/     each log, whole: tiles of hashes, bundles of entries, signed checkpoints, and below
                              policies/ the texts of the policies that it names, each under its SHA-256
  closings/                   proofs of the last entries of logs that were ended; each names the next log's key
  trust.policy                whose signatures count, as the sender sees it
`;

const chosen = `WHAT IS HERE
  entries/<name of the log>/<index>.tlog-proof
                              chosen entries, and the policies and legal events under which chosen requests
                              were decided, each with the proof that it is in its log
  policies/<SHA-256>          texts of the policies that chosen entries name
  closings/                   proofs of the last entries of logs that were ended; each names the next log's key
  trust.policy                whose signatures count, as the sender sees it
Entries that were not chosen are not here, and nothing here shows that there are none.
`;

const ours = `
HOW TO CHECK IT
Use a trust policy that you obtained on another way than this bundle: whoever could change one could change
the other. Then, without any network:

  bailiwick ledger verify BUNDLE.tar --trust trust.policy

Exit code 0 says that every signature, hash and rule holds; 1 names each fault.
`;

const others = `HOW TO CHECK IT WITH TOOLS THAT ARE NOT OURS
The formats are those of https://c2sp.org: tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-proof,
tlog-policy. A line "log <name>+<key id>+<base64>" of the trust policy is a key in the form that the Go packages
golang.org/x/mod/sumdb/note and .../tlog read: note.NewVerifier and note.Open check a checkpoint's signature,
tlog.CheckRecord an entry's proof. Their paths differ in a level of names: tile/8/<L>/<N> is tile/<L>/<N> here.

By hand, with a shell and openssl:
 1. The key: decode the base64 of the line, drop its first byte (the type, 1); 32 bytes are left. In front of
    them, the 12 bytes 302a300506032b6570032100 (hex) make it a DER public key.
 2. The signed text: a checkpoint up to and with the line break before its empty line: the log's name, the number
    of entries, the root in base64.
 3. The signature: the last word of the line that begins with a dash and the log's name, decoded, without its first
    4 bytes (the key id). Then:
      openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
 4. An entry: the word after "extra" in a .tlog-proof file, decoded, is the record as JSON. Its leaf hash is the
    SHA-256 of one zero byte and these bytes:
      (printf '\\0'; cat entry) | openssl dgst -sha256
 5. The path: the lines after "index" are hashes. Join the leaf hash with each in turn: SHA-256 of a byte 1, the left
    one and the right one. Which is which follows from the index (RFC 9162, section 2.1.3.2). What comes out
    must be the root of the checkpoint at the end of the file.
`;

const limits = `WHAT THIS DOES NOT SHOW
That a record was never written is shown only by the rules over a whole log. That a provider told the truth about
where it computed is shown as far as the field "evidence" says, from E0 (nothing) to E4 (its own log).
Persons, tenants and texts are not in here: they are named by random handles and keyed hashes.
`;

// A log that witnesses are asked about: its heads, its proofs, and the requests that they make up. Two labels are two
// histories that differ from the first entry on.
import { encodeUtf8 } from "../../src/base/index.ts";
import { leafHash, type NoteSigner, openTree, proveConsistency } from "../../src/ledger/index.ts";
import { type Checkpoint, signCheckpoint } from "../../src/ledger/note/checkpoint.ts";
import { formatTilePath } from "../../src/ledger/tree/tile.ts";
import { formatAddCheckpoint } from "../../src/ledger/witness/witness-request.ts";
import { sha256 } from "./ledger-crypto.ts";

export class WitnessedHistory {
  readonly #signer: NoteSigner;
  readonly #label: string;

  constructor(signer: NoteSigner, label = "") {
    this.#signer = signer;
    this.#label = label;
  }

  head(size: number): Checkpoint {
    return { origin: this.#signer.key.name, size, root: this.#tree(size).root() };
  }

  note(size: number): Uint8Array<ArrayBuffer> {
    return signCheckpoint(this.head(size), this.#signer);
  }

  prove(from: number, to: number): Promise<Uint8Array[]> {
    const tiles = this.#tree(to).takeTiles();
    const files = new Map(tiles.map(({ name, bytes }) => [formatTilePath(name), bytes]));
    const reader = { read: async (path: string) => files.get(path) ?? null, list: async () => [] };
    return from === 0 ? Promise.resolve([]) : proveConsistency({ reader, sha256, size: to }, from);
  }

  async request(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    return formatAddCheckpoint({
      oldSize: from,
      proof: await this.prove(from, to),
      checkpoint: this.note(to),
    });
  }

  #tree(size: number): ReturnType<typeof openTree> {
    const tree = openTree(sha256, 0, () => new Uint8Array());
    for (let index = 0; index < size; index++) {
      tree.append(leafHash(sha256, encodeUtf8(`${this.#label}${index}`)));
    }
    return tree;
  }
}

// The ledger for a thread that it was lent to (docs/decisions/0047).
import type { LedgerClient, LedgerLoan } from "../log/ledger.ts";
import { ClientWords } from "./client-words.ts";
import { ThreadedClient } from "./ledger-client.ts";
import type { ThreadToClient } from "./thread-protocol.ts";

export interface LentClient extends LedgerClient {
  /** To be called when nothing of this thread is under way: what it left open has the outcome `unknown` from then on. */
  close(): void;
}

export function openLentLedger({ port, log, slot, words }: LedgerLoan): LentClient {
  const client = new ThreadedClient({
    log,
    slot,
    words: new ClientWords(words),
    tell: (request) => port.postMessage(request, [request.message]),
    onStalled: () => client.fail("stalled"),
  });
  port.on("message", (message: ThreadToClient) => client.hear(message));
  // The ledger thread has gone without a word.
  port.on("close", () => client.fail("thread_failed"));
  return {
    append: (entry, pairing) => client.append(entry, pairing),
    state: () => client.state(),
    close() {
      client.leave();
      client.stopLooking();
      port.close();
    },
  };
}

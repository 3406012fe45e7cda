// Owner: a gateway thread of its own. What it runs: a gateway of which nothing is shared but what travels in messages.
import { parentPort, workerData } from "node:worker_threads";
import { monotonicNow } from "../../clock/index.ts";
import { keepGeoIp, openGeoIp, TransferTally } from "../../gateway/index.ts";
import { LentVault, randomPool } from "../../keys/index.ts";
import { ContentRecords, StoredObjects } from "../../privacy/index.ts";
import { openLentLedger } from "../../store/index.ts";
import { createLogger, createMetrics, gatherLines } from "../../telemetry/index.ts";
import { parsePolicyTexts } from "../load/policy-texts.ts";
import { runGatewayThread } from "./gateway-thread.ts";
import { Questions } from "./questions.ts";
import type { ThreadLoan } from "./thread-messages.ts";
import { portOfWorker } from "./worker-port.ts";

const loan = workerData as ThreadLoan;
if (parentPort === null) throw new TypeError("a gateway thread is no process of its own");
const port = portOfWorker(parentPort);
const questions = new Questions(port);
/** A wake of the control thread costs as much as a line does. */
const linesWaitMs = 10;
const lines = gatherLines(
  { write: (text, lineCount = 1) => port.send({ kind: "lines", text, lineCount }), droppedCount: 0 },
  linesWaitMs,
);
const log = createLogger((line) => lines.write(line), Date.now);
const ledger = openLentLedger(loan.ledger);
const vault = new LentVault({
  handleKey: loan.handleKey,
  keyAt: (place, isMade) => questions.keyAt(place, isMade),
});
let countries = loan.countries;
const geoIp = countries === null ? null : keepGeoIp(() => openGeoIp(countries ?? new Uint8Array()));

// As an uncaught error ends a process: what is under way is not known any more. The control thread hears of the end.
process.on("uncaughtException", (thrown) => {
  log({ event: "internal_error", cell: loan.cell, request: null, thrown });
  leave(1);
});

const thread = runGatewayThread(port, {
  ledger,
  vault,
  records: new ContentRecords(loan.records),
  files: new StoredObjects(loan.stored.files),
  batches: new StoredObjects(loan.stored.batches),
  witness: loan.isWitness ? questions.witness : null,
  geoIp,
  tally: new TransferTally([]),
  limitSeat: loan.limitSeat,
  parsePolicy: parsePolicyTexts,
  borrowed: {
    hearTold: (id, told) => questions.hear(id, told),
    forget: (place) => vault.forget(place),
    renewCountries(bytes) {
      countries = bytes;
      geoIp?.renew();
    },
  },
  tools: { metrics: createMetrics(), log, now: Date.now, monotonicNow, randomBytes: randomPool() },
});
await thread.ended;
ledger.close();
leave(0);

function leave(code: number): never {
  lines.flush();
  // Of a worker thread: the process goes on.
  process.exit(code);
}

// The cell file: what one cell's process needs to know about its own machine.
import { z } from "zod";
import { keys } from "./keys-schema.ts";
import {
  address,
  bucketName,
  count,
  filePath,
  keyPrefix,
  name,
  network,
  origin,
  regionLabel,
  secretReference,
  trustDomain,
  url,
} from "./vocabulary.ts";

const kibibyte = 1024;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const worm = z
  .strictObject({
    endpoint: url.optional().describe("The S3-compatible service. Default: AWS, in `region`."),
    region: regionLabel.default("us-east-1").describe("The region that requests are signed for."),
    bucket: bucketName.describe("A bucket that was made with Object Lock."),
    prefix: keyPrefix
      .default("")
      .describe("Before the name of each log: empty, or ending with a slash. Cells may share a bucket."),
    "access-key": secretReference.describe("Where the key id is."),
    "secret-key": secretReference.describe("Where the secret is."),
    "retention-days": count(1, 36_525).describe(
      "How long the objects of a month are locked after its end. Nobody can shorten it afterwards, you included.",
    ),
    "anchor-interval-ms": count(second, 24 * hour)
      .default(hour)
      .describe("Between two checkpoints that are copied while the log grows."),
  })
  .meta({ title: "locked copies" });

const tls = z
  .strictObject({
    certificate: filePath.describe(
      "The cell's certificate, as PEM, and after it those that lead to its authority.",
    ),
    key: filePath.describe("Its private key, as PEM."),
    "client-authorities": z
      .record(trustDomain, filePath)
      .default({})
      .describe(
        "SPIFFE trust domain → the certificates, as PEM, of those who vouch for its workloads. Callers may then show a certificate of theirs.",
      ),
  })
  .describe("TLS 1.2 or 1.3 for callers. SIGHUP reads the files again.");
const whenStoreIsGone = z
  .enum(["share", "refuse"])
  .default("share")
  .describe("`share`: its own part, a half of the limit by the number of replicas. `refuse`: 429.");

const fleet = z
  .strictObject({
    replica: name.describe("This process's name among them: each has another one, and a state of its own."),
    replicas: count(2, 64).describe("How many there are at most. More than these are let through nothing."),
    store: secretReference.describe("Where the address of a PostgreSQL database is, `postgres://…`."),
    "when-store-is-gone": z
      .strictObject({
        "requests-per-minute": whenStoreIsGone,
        "tokens-per-minute": whenStoreIsGone,
        "concurrent-requests": whenStoreIsGone,
      })
      .prefault({})
      .describe("For each limit. Of a budget, each goes on with what it was lent, and no further."),
  })
  .meta({ title: "replicas" });

const limits = z.strictObject({
  "max-header-bytes": count(kibibyte, 1024 * kibibyte)
    .default(32 * kibibyte)
    .describe("A larger header block is answered with 431."),
  "max-body-bytes": count(kibibyte, 1024 * 1024 * kibibyte)
    .default(16 * 1024 * kibibyte)
    .describe("A larger body is answered with 413. While one is read, others wait: some 10 ms a MiB."),
  "max-body-values": count(100, 10_000_000)
    .default(200_000)
    .describe(
      "Values in a JSON body, at all depths, of which 128 are taken. A body with more is answered with 400.",
    ),
  "max-body-names": count(16, 1_000_000)
    .default(4_096)
    .describe("Members of one object in a JSON body. A body with more is answered with 400."),
  "max-connections": count(4, 1_000_000)
    .optional()
    .describe(
      "Connections of callers. Beyond, the one that has been idle longest is closed, and without an idle one the new one. " +
        "Default: half of the descriptors that the process may open, less those kept back for the ledger and the admin listener.",
    ),
  "max-upstream-connections": count(4, 1_000_000)
    .optional()
    .describe("Connections to engines, in equal parts for each endpoint. Default: the other half."),
  "max-bytes-in-flight": count(kibibyte, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      "Bodies of requests, whole answers and large messages of sessions that are held at once. Beyond, requests are answered with 503. Default: an eighth of the memory.",
    ),
  "deadline-ms": count(second, 60 * minute)
    .default(10 * minute)
    .describe(
      "From the last byte of the request to the first event of a stream or the last byte of a whole answer, over all attempts. An engine that lives may take all of it.",
    ),
  "first-token-timeout-ms": count(100, 60 * minute)
    .optional()
    .describe(
      "How long one endpoint's stream may take to begin before another one is asked, which may pay for the prompt twice. Left out: as long as the deadline, unless probes show that nobody is there.",
    ),
  "retry-percent": count(0, 100)
    .default(20)
    .describe(
      "Of a hundred requests of a model that were sent, so many may be sent once more after a failure, counted over ten seconds. Beyond, a request that failed is answered as it failed.",
    ),
  "retries-per-second": count(0, 100_000)
    .default(10)
    .describe(
      "So many may be sent once more in any case, ten times as many at once. With 0 for both, none is.",
    ),
  "max-waiting": count(0, 100_000)
    .default(256)
    .describe(
      "Requests that wait because each endpoint that they may go to has as many as it takes. Beyond, and where the wait would outlast the deadline, a request is answered with 429 at once. One caller has half of the places at most.",
    ),
  "max-event-bytes": count(64 * kibibyte, 1024 * 1024 * kibibyte)
    .default(8 * 1024 * kibibyte)
    .describe("One event of an engine's stream, and what may come before its first. More is no answer."),
  "max-answer-bytes": count(64 * kibibyte, 1024 * 1024 * kibibyte)
    .default(32 * 1024 * kibibyte)
    .describe("A whole answer of an engine, which is held until it has come. More is no answer."),
  "headers-timeout-ms": count(100, 10 * minute)
    .default(10 * second)
    .describe("Until a caller has sent its headers."),
  "idle-timeout-ms": count(100, 10 * minute)
    .default(30 * second)
    .describe(
      "Between two pieces of a body; of an engine's answer, once its first event or its first byte has come.",
    ),
  "least-stream-events": count(0, 1_000_000)
    .default(0)
    .describe(
      "An engine's stream that has begun, and brings fewer events than so many in `slow-stream-ms` of waiting for it, counts as stalled. Comments are no events: with engines that think in silence, leave it at 0, which asks for none.",
    ),
  "slow-stream-ms": count(100, 60 * minute)
    .default(30 * second)
    .describe(
      "The time that `least-stream-events` are to come in. Time in which the caller was waited for does not count.",
    ),
  "drain-timeout-ms": count(0, 60 * minute)
    .default(30 * second)
    .describe("How long answers under way may take to end after SIGTERM."),
  "max-session-ms": count(1_000, 24 * 60 * minute)
    .default(60 * minute)
    .describe(
      "How long a realtime session may last; OpenAI ends its own after an hour. Whoever wants more connects again, and is decided again.",
    ),
});

export const cellFileSchema = z
  .strictObject({
    "bailiwick-cell": z
      .literal(1, { error: "`1`, the version of this format" })
      .describe("The version of this format."),
    cell: name.optional().describe("The cell of the policy that this process is. `--cell` comes before it."),
    policy: filePath.default("policy.yaml").describe("The policy file."),
    state: filePath.default("state").describe("The directory for ledger, keys and vault."),
    listen: address.prefault("127.0.0.1:8080").describe("Where callers are received."),
    "gateway-threads": count(1, 64)
      .default(1)
      .describe(
        "Threads that serve callers, all on the address of `listen`, for a machine with cores to spare; each takes some 75 MiB. " +
          "More than one needs a system that deals connections out among listeners (Linux, FreeBSD), and cannot serve a policy with attested volumes, or a model in this process.",
      ),
    tls: tls
      .optional()
      .describe("How callers are received over TLS (docs/identity.md). Default: in the clear."),
    admin: address
      .prefault("127.0.0.1:8081")
      .describe("Where metrics, health and the admin API are; not for callers."),
    limits: limits.prefault({}).describe("Bounds on what callers and engines may do."),
    "cors-origins": z
      .array(origin)
      .default([])
      .describe(
        "Origins whose pages may ask this cell from a browser (CORS). Default: none. A key in a page is everybody's: give it tokens.",
      ),
    "simulated-engines": z
      .record(name, count(0, 65_535))
      .default({})
      .describe("Endpoints of engine `sim` that this process runs itself, with their ports."),
    "model-files": z
      .record(name, filePath)
      .default({})
      .describe("Endpoints of engine `llamacpp`, with the GGUF file of each."),
    "geo-ip": filePath
      .optional()
      .describe(
        "A MaxMind DB (`.mmdb`) of countries. Where the caller's address lies adds a claim; it never replaces one. SIGHUP reads it again; one that cannot be read leaves the last good one in force.",
      ),
    "trusted-proxies": z
      .array(network)
      .default([])
      .describe("Whose `x-forwarded-for` and `forwarded` are believed. From all others they are ignored."),
    worm: worm.optional().describe("Copies of the ledger that nobody can change or delete. Default: none."),
    fleet: fleet
      .optional()
      .describe(
        "The other processes that serve this cell, with which it shares limits (docs/limits.md). Default: none.",
      ),
    keys: keys
      .prefault({ service: "file" })
      .describe("Who wraps the keys of subjects. Default: a file, for development."),
    trust: filePath
      .optional()
      .describe(
        "A tlog-policy file: its `witness` lines with a URL are asked to cosign this cell's log, its `quorum` says how many are enough, " +
          "and its `log` lines are cosigned by this cell. Without this, `trust.policy` beside this file, where there is one.",
      ),
    "witness-quorum": z
      .enum(["alarm", "required"])
      .default("alarm")
      .describe(
        "What happens when the quorum was missing for a minute: an alarm, or also that requests are refused with 503.",
      ),
    "seal-interval-ms": count(100, minute)
      .default(second)
      .describe("Between two signed checkpoints while the log grows."),
    "ledger-retention-days": count(0, 36_525)
      .optional()
      .describe(
        "How long a month's log is kept after the month. Then it is deleted but for its last checkpoint. By default it is kept.",
      ),
  })
  .meta({
    title: "Bailiwick cell file",
    description: "One cell's own machine: paths are relative to this file.",
  });

export type CellFileDocument = z.output<typeof cellFileSchema>;

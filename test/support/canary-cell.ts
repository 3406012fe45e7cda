// A cell that `bailiwick serve` runs, between a caller and a model server that both say what nobody may keep.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { cosignatureType, formatNoteKey } from "../../src/ledger/index.ts";
import { signerFrom } from "./ledger-crypto.ts";
import type { Hay } from "./canary-search.ts";
import { program } from "./demo.ts";

/** None of these may be found in anything that the cell writes or sends, but to the model server and to its caller. */
export const canaries = {
  prompt: "The quokka sleeps under invoice 774193",
  systemPrompt: "Never mention the ocelot of Room 12",
  answer: "The heron has told the notary everything",
  streamedAnswer: "Seven lanterns for the widow Castellane",
  providerError: "cannot parse the diary of Ms Okonkwo",
  providerHeader: "petrel-upstream-header-5521",
  fileName: "divorce-papers-lindqvist.pdf",
  member: "member-walrus-90210",
  apiKey: "sk-canary-marmot-4d2f8a91c6",
  wrongKey: "sk-canary-badger-00aa11bb22",
  subject: "patient:Ingrid/Vestergaard#8841",
  tenant: "tenant-caracal-holdings",
  userAgent: "ibex-browser/77.3 (gudrun)",
  address: "203.0.113.77",
  cookie: "session=tamarin-cookie-31337",
  baggage: "userId=axolotl-baggage-4711",
  path: "porcupine-path-6620",
  query: "numbat-query-1883",
  model: "gibbon-model-2077",
  header: "bandicoot-header-5150",
  malformed: "capybara-in-broken-json",
  jurisdiction: "pangolin-jurisdiction",
} as const;

export interface CanaryCell {
  readonly url: string;
  readonly admin: string;
  readonly stateDirectory: string;
  readonly config: string;
  readonly ledger: string;
  /** All that the process wrote to its standard streams. */
  readonly said: readonly Hay[];
  /** All that a witness was sent, and all that went to locked storage. */
  readonly sent: readonly Hay[];
  /** Bodies that reached the model server. */
  readonly asked: readonly string[];
  /** Request lines and headers that came with them. */
  readonly askedWith: readonly Hay[];
  stop(): Promise<number | null>;
}

/** A folder with policy and cell file, and the servers around the cell. */
export interface CanarySite {
  readonly directory: string;
  start(): Promise<CanaryCell>;
}

export async function prepareSite(t: TestContext, { isWatched = false } = {}): Promise<CanarySite> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-canary-"));
  const asked: string[] = [];
  const askedWith: Hay[] = [];
  const sent: Hay[] = [];
  const model = await listening(modelServer(asked, askedWith));
  const witness = await listening(witnessServer(sent));
  const storage = await listening(storageServer(sent));
  const running: ChildProcess[] = [];
  t.after(async () => {
    for (const child of running) child.kill("SIGKILL");
    for (const server of [model, witness, storage]) {
      server.close();
      server.closeAllConnections();
    }
    await rm(directory, { recursive: true, force: true });
  });
  const config = join(directory, "cell.yaml");
  writeFileSync(join(directory, "policy.yaml"), policyText(urlOf(model)));
  writeFileSync(config, isWatched ? cellText + wormText(urlOf(storage)) : cellText);
  if (isWatched) writeFileSync(join(directory, "trust.policy"), trustText(urlOf(witness)));
  return {
    directory,
    async start() {
      const { child, said, contract } = await serve(config);
      running.push(child);
      const [cell] = contract.cells;
      if (cell === undefined) throw new Error("`serve` named no cell");
      const { url, admin, ledger } = cell;
      return {
        url,
        admin,
        ledger,
        config,
        said,
        sent,
        asked,
        askedWith,
        stateDirectory: join(directory, "state"),
        async stop() {
          const ended = once(child, "exit");
          child.kill("SIGTERM");
          await ended;
          return child.exitCode;
        },
      };
    },
  };
}

const cellText = `
bailiwick-cell: 1
cell: eu-frankfurt
listen: 127.0.0.1:0
admin: 127.0.0.1:0
seal-interval-ms: 200
trusted-proxies: [127.0.0.0/8]
`;

function wormText(storageUrl: string): string {
  return `
worm:
  endpoint: ${storageUrl}
  bucket: canary
  access-key: "\${env:CANARY_STORAGE_KEY}"
  secret-key: "\${env:CANARY_STORAGE_SECRET}"
  retention-days: 1
  anchor-interval-ms: 1000
`;
}

function policyText(modelUrl: string): string {
  const keyHash = createHash("sha256").update(canaries.apiKey).digest("hex");
  return `
bailiwick: 1
deployment: canary.example
law: { packs: [eu-gdpr] }
operators: { rhein-cloud: { home: DE } }
cells: { eu-frankfurt: { place: DE, url: https://eu.canary.example, operator: rhein-cloud } }
endpoints:
${endpointLines(modelUrl)}
models:
  assistant: { served-by: { fra-1: assistant } }
  failing: { served-by: { fra-2: assistant } }
  babbling: { served-by: { fra-3: assistant } }
tenants:
  ${canaries.tenant}:
    { established: DE, subjects: DE, class: personal, records: P30D, keys: { a: { sha256: ${keyHash} } } }
`;
}

/** One witness, whose key nobody has: it is asked all the same. */
function trustText(witnessUrl: string): string {
  const { key } = signerFrom(9, "canary.example/witness/FR/eu-paris", cosignatureType);
  return `witness paris ${formatNoteKey(key)} ${witnessUrl}\nquorum paris\n`;
}

function endpointLines(modelUrl: string): string {
  return ["fra-1", "fra-2", "fra-3"]
    .map(
      (id) =>
        `  ${id}: { cell: eu-frankfurt, engine: openai-compatible, url: ${modelUrl}, operator: rhein-cloud, place: DE }`,
    )
    .join("\n");
}

interface Contract {
  readonly cells: readonly { readonly url: string; readonly admin: string; readonly ledger: string }[];
}

async function serve(
  config: string,
): Promise<{ readonly child: ChildProcess; readonly said: Hay[]; readonly contract: Contract }> {
  const child = spawn(program, ["serve", "--config", config, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CANARY_STORAGE_KEY: "id", CANARY_STORAGE_SECRET: "secret" },
  });
  const said: Hay[] = [];
  child.stdout.on("data", (bytes: Buffer) => said.push({ name: "standard output", bytes }));
  child.stderr.on("data", (bytes: Buffer) => said.push({ name: "standard error", bytes }));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(() =>
      Promise.reject(new Error(Buffer.concat(said.map(({ bytes }) => bytes)).toString())),
    ),
  ]);
  return { child, said, contract: JSON.parse(String(line[0])) as Contract };
}

async function listening(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers as the prompt asks: whole, in events, or with errors that repeat what they should not. */
function modelServer(asked: string[], askedWith: Hay[]): Server {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    askedWith.push(headOf("what a model server is sent beside the body", request));
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      if (request.method === "POST") asked.push(body);
      response.setHeader("x-request-id", canaries.providerHeader);
      const error = JSON.stringify({ error: { message: canaries.providerError, type: "invalid" } });
      if (body.includes("please refuse")) return response.writeHead(400).end(error);
      if (body.includes("please fail")) return response.writeHead(500).end(error);
      if (body.includes("please babble")) return response.writeHead(200).end(canaries.providerError);
      if (!body.includes('"stream":true')) return response.writeHead(200).end(wholeAnswer);
      response.writeHead(200, { "content-type": "text/event-stream" });
      return response.end(`data: ${streamedChunk}\n\ndata: [DONE]\n\n`);
    });
  });
}

const common = { id: "chatcmpl-1", created: 1, model: "assistant" };
const wholeAnswer = JSON.stringify({
  ...common,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: canaries.answer }, finish_reason: "stop" }],
});
const streamedChunk = JSON.stringify({
  ...common,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content: canaries.streamedAnswer }, finish_reason: null }],
});

/** Cosigns nothing. */
function witnessServer(sent: Hay[]): Server {
  return createServer((request, response) => {
    keep(sent, "what a witness is sent", request);
    request.on("end", () => response.writeHead(404).end());
  });
}

/** As much of S3 as copies need in order to be sent: each object is stored, and locked for ever. */
function storageServer(sent: Hay[]): Server {
  return createServer((request, response) => {
    keep(sent, `what storage is sent: ${request.method} ${request.url?.split("?")[0]}`, request);
    const isAsked = (what: string): boolean => request.url?.includes(`?${what}`) ?? false;
    const body = isAsked("object-lock") ? lockedBucket : isAsked("retention") ? lockedObject : "";
    request.on("end", () => response.writeHead(200, { "x-amz-version-id": "1", etag: '"0"' }).end(body));
  });
}

const lockedBucket =
  "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
const lockedObject =
  "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2999-01-01T00:00:00Z</RetainUntilDate></Retention>";

function keep(sent: Hay[], name: string, request: IncomingMessage): void {
  sent.push(headOf(name, request));
  request.on("data", (bytes: Buffer) => sent.push({ name, bytes }));
}

function headOf(name: string, { url, rawHeaders }: IncomingMessage): Hay {
  return { name, bytes: Buffer.from(`${url}\n${rawHeaders.join("\n")}`) };
}

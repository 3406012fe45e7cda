// The import law, beyond what project references can say: direction, doors, purity, circles, and room in each folder.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { test } from "node:test";
import { parseSync } from "oxc-parser";
import { circlesOf, filesPerFolder, folderGraphOf, importGraphOf } from "../tools/house/import-graph.ts";

interface RoomProject {
  readonly references: readonly { readonly path: string }[];
  readonly compilerOptions?: { readonly types?: readonly string[] };
}

const sources = globSync("src/**/*.ts").filter((file) => !file.endsWith(".test.ts"));
const rooms = new Map(
  globSync("src/*/tsconfig.json").map((file) => [
    dirname(file),
    JSON.parse(readFileSync(file, "utf8").replaceAll(/^\s*\/\/.*$/gm, "")) as RoomProject,
  ]),
);

test("every import goes down, through the other room's door, and pure rooms import nothing from outside", () => {
  assert.ok(sources.length > 30, `only ${sources.length} files were found`);
  assert.deepEqual(
    sources.flatMap((file) => violations(file, readFileSync(file, "utf8"))),
    [],
  );
});

test("a planted upward import is caught", () => {
  assert.deepEqual(violations("src/law/planted.ts", 'import { serve } from "../gateway/index.ts";'), [
    "src/law/planted.ts may not enter src/gateway",
  ]);
});

test("a planted import through a window is caught", () => {
  assert.deepEqual(
    violations("src/providers/planted.ts", 'import { issuePermit } from "../law/permit.ts";'),
    ["src/providers/planted.ts enters src/law through permit.ts, not through index.ts"],
  );
});

test("a planted re-export of a Node module from a pure room is caught", () => {
  assert.deepEqual(violations("src/ledger/planted.ts", 'export { readFileSync } from "node:fs";'), [
    "src/ledger/planted.ts is in a pure room and imports node:fs",
  ]);
});

test("a planted dynamic import is caught", () => {
  assert.deepEqual(violations("src/law/planted.ts", 'export const a = () => import("node:fs");'), [
    "src/law/planted.ts is in a pure room and imports node:fs",
  ]);
});

const texts = new Map(sources.map((file) => [file, readFileSync(file, "utf8")]));
/** More than a newcomer reads at a glance. */
const mostFilesInFolder = 20;

test("no file leads back to itself by its imports, those of types and re-exports counted", () => {
  assert.deepEqual(circlesOf(importGraphOf(texts)), []);
});

test("a planted circle that only a type closes is caught", () => {
  const planted = new Map([
    ["src/law/a.ts", 'import type { B } from "./b.ts";'],
    ["src/law/b.ts", 'export { A } from "./c.ts";'],
    ["src/law/c.ts", 'import { a } from "./a.ts";'],
  ]);
  assert.deepEqual(circlesOf(importGraphOf(planted)), [["src/law/a.ts", "src/law/b.ts", "src/law/c.ts"]]);
});

test("the folders of the gateway import each other in one direction", () => {
  assert.deepEqual(circlesOf(folderGraphOf(importGraphOf(texts), "src/gateway")), []);
});

test("no folder holds more than 20 source files directly", () => {
  const crowded = Array.from(filesPerFolder(sources)).filter(([, count]) => count > mostFilesInFolder);
  assert.deepEqual(crowded, []);
});

test("only `listen` knows sockets", () => {
  assert.deepEqual(
    sources.filter((file) => knowsSockets(file, texts.get(file) ?? "")),
    [],
  );
});

test("a planted response of Node's in a stage is caught", () => {
  const text = 'import type { ServerResponse } from "node:http";';
  assert.ok(knowsSockets("src/gateway/stages/planted.ts", text));
});

test("only the providers open connections, and only in the file that send.ts guards", () => {
  assert.deepEqual(
    sources.flatMap((file) => ways(file, readFileSync(file, "utf8"))),
    [],
  );
});

for (const { title, text } of [
  { title: "undici", text: 'import { request } from "undici";' },
  { title: "an HTTP client of Node's", text: 'import { request } from "node:https";' },
  { title: "a WebSocket", text: 'import { WebSocket } from "ws";' },
  { title: "a database", text: 'import { Client } from "pg";' },
  {
    title: "a cloud's library, loaded on use",
    text: 'export const a = () => import("@aws-sdk/client-kms");',
  },
  { title: "all of node:net", text: 'import * as net from "node:net";' },
  { title: "the global fetch", text: "export const a = await fetch(url);" },
  {
    title: "a part of Node that no import names",
    text: 'export const { request } = process.getBuiltinModule("node:http");',
  },
]) {
  test(`a planted way out through ${title} is caught`, () => {
    assert.equal(ways("src/gateway/planted.ts", text).length, 1);
  });
}

test("no module imports node:http, for it would load all of fetch (src/http1/reason-phrases.ts)", () => {
  const importing = sources.filter((file) =>
    parseSync(file, texts.get(file) ?? "").module.staticImports.some(
      ({ moduleRequest, entries }) =>
        moduleRequest.value === "node:http" && !entries.every(({ isType }) => isType),
    ),
  );
  assert.deepEqual(importing, []);
});

test("an instant is called settled only where the clocks are compared, for what the log acted on, and where nothing ends by it", () => {
  const callers = sources.filter((file) => /\bimport \{[^}]*\bsettled\b/.test(texts.get(file) ?? ""));
  assert.deepEqual(callers.toSorted(), [
    "src/cell/cell-record.ts",
    "src/privacy/lifecycle/replay.ts",
    "src/store/time/agreed-time.ts",
  ]);
});

test("no file has a name that says nothing", () => {
  const banned = /\/(utils?|helpers?|common|misc|managers?|services?|types)(\.ts|\/)/;
  assert.deepEqual(
    sources.filter((file) => banned.test(file)),
    [],
  );
});

// These are pure themselves: text in, value out. DESIGN §9 and decision 0010 give them to the config room.
const pureLibraries: ReadonlyMap<string, readonly string[]> = new Map([
  ["src/config", ["@marcbachmann/cel-js", "yaml", "zod"]],
]);

function violations(file: string, text: string): string[] {
  const room = roomOf(file);
  const project = rooms.get(room);
  if (!project) return [`${file} is in no room`];
  return importsOf(file, text).flatMap((specifier) => {
    if (!specifier.startsWith(".")) {
      const allowed =
        project.compilerOptions?.types?.length !== 0 || pureLibraries.get(room)?.includes(specifier);
      return allowed ? [] : [`${file} is in a pure room and imports ${specifier}`];
    }
    const target = normalize(join(dirname(file), specifier));
    const targetRoom = roomOf(target);
    if (targetRoom === room) return [];
    if (!project.references.some(({ path }) => normalize(join(room, path)) === targetRoom)) {
      return [`${file} may not enter ${targetRoom}`];
    }
    const audience = target.slice(targetRoom.length + 1);
    return audience === "index.ts"
      ? []
      : [`${file} enters ${targetRoom} through ${audience}, not through index.ts`];
  });
}

/** In the gateway, beside `listen` and the composition of both listeners. */
function knowsSockets(file: string, text: string): boolean {
  if (roomOf(file) !== "src/gateway" || file.startsWith("src/gateway/listen/")) return false;
  if (file === "src/gateway/gateway.ts") return false;
  return /\b(IncomingMessage|ServerResponse|Socket|writeHead)\b/.test(text);
}

/** What a file may use to open a connection, with the reason. Everything else is a way around the permit. */
const mayConnect: ReadonlyMap<string, string> = new Map([
  ["src/providers/http/dial.ts", "node:net node:tls"], // reached only through send(permit, …)
  ["src/providers/tokens/access-token.ts", "undici"], // the cell's own credential, to who gives tokens for it; nothing of a caller
  ["src/providers/http/session-dial.ts", "ws"], // reached only through connect(permit, …), on a socket that dial.ts made
  ["src/providers/bedrock/inference-profile.ts", "undici"], // the name of a profile, to Amazon's host of the endpoint's region
  ["src/store/witness/witness-connection.ts", "undici"], // checkpoints, hashes and signatures to witnesses of the trust file
  ["src/store/search-index/postgres-index.ts", "pg"], // rows of the log's own words, to a database of the operator's
  ["src/store/limit-leases/postgres-leases.ts", "pg"], // names and numbers of limits, to a database of the operator's
  ["src/keys/key-services/transit-service.ts", "undici"], // subject keys to be wrapped, to the cell's own key service; never content
  ["src/keys/key-sets/fetch-key-set.ts", "undici"], // asks for public keys at the URL that the policy names; nothing of a caller
  ["src/keys/key-services/aws-kms-service.ts", "@aws-sdk/client-kms"], // the same, where that service is AWS KMS
  ["src/store/read/url-log.ts", "undici"], // the auditor's own tool: reads a log where its user says that it lies
  ["src/store/worm/bucket.ts", "@aws-sdk/client-s3"], // files of a sealed log, to the bucket that the cell file names
  ["src/cell/admin/ask-own-cell.ts", "node:http"], // asks a cell of this machine, at the address that its state names
]);
const serverSide: ReadonlySet<string> = new Set([
  "createServer",
  "WebSocketServer",
  "createSecureContext",
  "STATUS_CODES",
  "BlockList",
  "isIP",
  "isIPv6",
]);
const networkModules = /^(pg|undici|ws|@aws-sdk\/.+|node:(http|https|http2|net|tls|dgram))$/;

function ways(file: string, text: string): string[] {
  const { module } = parseSync(file, text);
  const used = module.staticImports
    .filter(({ moduleRequest }) => networkModules.test(moduleRequest.value))
    .filter(({ entries }) =>
      entries.some(({ isType, importName }) => !isType && !serverSide.has(importName.name ?? "*")),
    )
    .map(({ moduleRequest }) => moduleRequest.value);
  used.push(...dynamicImports(module, text).filter((specifier) => networkModules.test(specifier)));
  for (const [, specifier = "", name = "*"] of text.matchAll(
    /\bgetBuiltinModule\("([^"]+)"\)(?:\s*\.(\w+))?/g,
  )) {
    if (networkModules.test(specifier) && !serverSide.has(name)) used.push(specifier);
  }
  if (/\bfetch\(/.test(text)) used.push("fetch");
  return used
    .filter((name) => !mayConnect.get(file)?.split(" ").includes(name))
    .map((name) => `${file} opens connections with ${name}`);
}

function importsOf(file: string, text: string): string[] {
  const { module } = parseSync(file, text);
  return [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
    ...dynamicImports(module, text),
  ];
}

function dynamicImports(module: ReturnType<typeof parseSync>["module"], text: string): string[] {
  return module.dynamicImports.map(({ moduleRequest }) =>
    text.slice(moduleRequest.start, moduleRequest.end).replaceAll(/["'`]/g, ""),
  );
}

function roomOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}

// What every hosted provider does to a call, and what becomes of it: through a whole cell, against a provider that is played
// at a socket in its documented shapes.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { outcomeView } from "../../src/ledger/index.ts";
import { engineOperations } from "../../src/wire/index.ts";
import { startRawUpstream } from "../support/raw-http.ts";
import { startTokenEndpoint } from "../support/token-endpoint.ts";
import { keyOf, startTestCell, type TestCell, testPolicy } from "../support/test-cell.ts";
import { engineOf, expectedOf, type ProviderCase, providerCases } from "./provider-cases.ts";
import type { ProviderAnswer, ProviderShapes } from "./provider-shapes.ts";

export function providerContract(shapes: ProviderShapes): void {
  for (const each of providerCases) {
    test(`${shapes.engine}: ${each.title}`, async (t) => {
      const cell = await startHosted(t, shapes, each.name);
      const answer = await ask(cell, shapes, each);
      const body = await answer.text();
      const outcome = await outcomeIn(cell);
      assert.equal(`${told(answer, body)}; ${noted(cell, outcome)}`, expectedOf(each, shapes.engine), body);
      requireSilence(cell, shapes, [JSON.stringify([...answer.headers]), body]);
    });
  }
}

/** A cell with the provider as its one endpoint of the model. */
async function startHosted(
  t: TestContext,
  shapes: ProviderShapes,
  name: ProviderCase["name"],
): Promise<TestCell> {
  let asked = 0;
  const upstream = await startRawUpstream(t, (socket, request) => {
    if (request.startsWith("GET ")) {
      socket.write(answerText(200, { body: "{}" }));
      return;
    }
    shapes.requireDocumented(request);
    play({ socket, shapes, turn: asked++ }, name);
  });
  const members = (name === "elsewhere" ? shapes.elsewhereEndpoint : null) ?? shapes.endpoint;
  const policy = testPolicy
    .replace(
      "\nmodels:",
      `\n  hosted: { cell: us-virginia, engine: ${engineOf(shapes.engine)}, ${members}, key: "\${env:HOSTED_KEY}" }\nmodels:`,
    )
    .replace("models:\n", `models:\n  hosted: { served-by: { hosted: ${shapes.model} } }\n`);
  const { token } = shapes;
  const tokens = token === undefined ? null : await startTokenEndpoint(t, () => ({ token }));
  return startTestCell(t, {
    policy,
    ...(tokens && { tokenUrls: { hosted: tokens.url } }),
    cell: "us-virginia",
    urls: { hosted: upstream.url },
    apiKeys: { hosted: shapes.key },
    limits: { deadlineMs: name === "slow" ? 300 : 5_000 },
  });
}

function ask(cell: TestCell, shapes: ProviderShapes, { name }: ProviderCase): Promise<Response> {
  const path = engineOperations.find((row) => row.name === shapes.operation)?.path ?? "";
  const isStream = name.endsWith("stream");
  const tools = name === "tools" ? shapes.tools : "";
  return fetch(cell.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-shop")}`, "content-type": "application/json" },
    body: `{"model":"hosted","stream":${isStream},${shapes.members}${tools}}`,
  });
}

interface Scene {
  readonly socket: Socket;
  readonly shapes: ProviderShapes;
  /** How many calls came before. */
  readonly turn: number;
}

const plays: Readonly<Partial<Record<ProviderCase["name"], (scene: Scene) => void>>> = {
  answer: (scene) => write(scene, 200, scene.shapes.whole),
  stream: ({ socket, shapes }) => void socket.end(streamText(shapes, shapes.events), "latin1"),
  tools: (scene) => write(scene, 200, scene.shapes.called),
  credential: (scene) => write(scene, scene.shapes.refusedKey.status, scene.shapes.refusedKey),
  "retry-after": (scene) => {
    if (scene.turn > 0) return write(scene, 200, scene.shapes.whole);
    const { headers, saturated } = scene.shapes;
    write(
      scene,
      429,
      saturated ?? { headers: `${headers}retry-after: 1\r\n`, body: scene.shapes.errorOf(429) },
    );
  },
  slow: () => undefined,
  cut: ({ socket, shapes }) => {
    socket.end(answerText(200, { headers: shapes.headers, ...shapes.whole }).slice(0, -10), "latin1");
  },
  "cut-stream": ({ socket, shapes }) =>
    void socket.end(streamText(shapes, shapes.events.slice(0, -3)), "latin1"),
  garbage: (scene) => write(scene, 200, { body: "{\u0000" }),
  elsewhere: (scene) => write(scene, 200, scene.shapes.elsewhere),
};

function play(scene: Scene, name: ProviderCase["name"]): void {
  const known = plays[name];
  if (known) known(scene);
  else write(scene, Number(name), { body: scene.shapes.errorOf(Number(name)) });
}

function write({ socket, shapes }: Scene, status: number, answer: ProviderAnswer): void {
  socket.write(answerText(status, { headers: shapes.headers, ...answer }));
}

function streamText({ eventType, headers }: ProviderShapes, events: readonly string[]): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${eventType}\r\n${headers}connection: close\r\n\r\n${events.join("")}`;
}

function answerText(status: number, { headers = "", body }: ProviderAnswer): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n${headers}content-length: ${length}\r\n\r\n${body}`;
}

/** The status, and the error's word where there is one. */
function told(answer: Response, body: string): string {
  const code = /"code":"([a-z_]+)"/.exec(body)?.[1];
  return code === undefined ? `${answer.status}` : `${answer.status} ${code}`;
}

type Outcome = Extract<TestCell["entries"][number], { readonly t: "outcome" }>;

async function outcomeIn(cell: TestCell): Promise<Outcome> {
  for (;;) {
    const found = cell.entries.findLast((entry) => entry.t === "outcome");
    if (found?.t === "outcome") return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What the attempts showed of where they ran, or how they failed, each thing once; and whether that was a violation. */
function noted({ entries }: TestCell, outcome: Outcome): string {
  const notes = outcomeView(outcome).attempts.map(({ evidence, failure, requestId }) => {
    const grade = `${evidence?.grade ?? "none"} ${evidence?.places.join(" ") ?? ""}`.trim();
    return `${failure ?? grade}${requestId === null ? "" : ", id"}`;
  });
  const isViolation = entries.some(({ t }) => t === "violation");
  return [...new Set(notes)].join(" → ") + (isViolation ? ", violation" : "");
}

/** INVARIANT: what the provider is called with is told to nobody. */
function requireSilence(cell: TestCell, shapes: ProviderShapes, told: readonly string[]): void {
  const shown = [...told, JSON.stringify(cell.entries), ...cell.logLines, cell.metrics()];
  assert.ok(shown.length > 3);
  for (const text of shown) for (const secret of secretsOf(shapes)) assert.ok(!text.includes(secret), text);
}

/** Of an access key and of a key file the part that is secret. */
function secretsOf({ key, token }: ProviderShapes): readonly string[] {
  const inFile = /PRIVATE KEY-----\\n([^\\]+)/.exec(key)?.[1];
  return [inFile ?? key.split(":").at(-1) ?? key, ...(token === undefined ? [] : [token])];
}

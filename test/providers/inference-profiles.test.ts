// Over which regions Amazon says that a model spreads, against where the policy says that its endpoint computes: in a whole cell.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { askAdmin } from "../support/ask-admin.ts";
import { askChat, errorOf } from "../support/ask.ts";
import { ControlPlane, type Credential, profileAnswer } from "../support/control-plane.ts";
import { eventually } from "../support/demo.ts";
import { startRawUpstream } from "../support/raw-http.ts";
import { startTestCell, type TestCell, type TestCellOptions, testPolicy } from "../support/test-cell.ts";

const nova = "eu.amazon.nova-pro-v1:0";
const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const accessKey = `AKIAEXAMPLE0000000:${secret}`;
const ofAccessKey = { secret, session: null, region: "eu-central-1" };
const chat = '{"id":"c","object":"chat.completion","model":"m","choices":[]}';
/** What the provider's data says of `eu-central-1/eu`. */
const europe = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"];

interface Scene {
  readonly cell: TestCell;
  readonly plane: ControlPlane;
  /** Calls of models that it got. */
  readonly calls: readonly string[];
  readonly options: TestCellOptions;
}

interface Setting {
  readonly credential?: Credential;
  readonly key?: string;
  readonly region?: string;
  readonly model?: string;
  readonly isWatched?: boolean;
  readonly directory?: string;
  readonly workers?: TestCellOptions["workers"];
  readonly plane?: ControlPlane;
}

function policyWith({ region = "eu-central-1/eu", model = nova, isWatched = true }: Setting): string {
  const [source] = region.split("/");
  const endpoint = `hosted: { cell: us-virginia, engine: bedrock, provider: bedrock, region: ${region}, url: "https://bedrock-runtime.${source}.amazonaws.com", support: US, serves: [chat_completions], key: "\${env:HOSTED_KEY}"${isWatched ? ", watch-regions: true" : ""} }`;
  return testPolicy
    .replace("\nmodels:", `\n  ${endpoint}\nmodels:`)
    .replace(
      "models:\n",
      `models:\n  hosted: { served-by: { hosted: "${model}", iad-1: { model: assistant, order: 2 } } }\n  alone: { served-by: { hosted: "${model}" } }\n`,
    );
}

async function startScene(t: TestContext, setting: Setting = {}): Promise<Scene> {
  const { credential = ofAccessKey, key = accessKey, directory, workers } = setting;
  const plane = setting.plane ?? (await ControlPlane.start(t, credential));
  if (!setting.plane) plane.regions = europe;
  const upstream = await startRawUpstream(t, (socket) => {
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${chat.length}\r\nconnection: close\r\n\r\n${chat}`,
    );
  });
  const options: TestCellOptions = {
    policy: policyWith(setting),
    cell: "us-virginia",
    urls: { hosted: upstream.url },
    apiKeys: { hosted: key },
    controlUrls: { hosted: plane.url },
    ...(directory !== undefined && { directory }),
    ...(workers && { workers }),
  };
  return { cell: await startTestCell(t, options), plane, calls: upstream.requests, options };
}

test("a region that Amazon adds takes the endpoint out of service, on record and told, and the next request goes elsewhere", async (t) => {
  const { cell, plane, calls, options } = await startScene(t);
  await asked(cell, "within", 1);
  assert.deepEqual(plane.asked, ["GET /inference-profiles/eu.amazon.nova-pro-v1%3A0"]);
  assert.equal((await ask(cell, "hosted")).headers.get("bailiwick-endpoint"), "hosted");

  plane.regions = [...europe, "me-central-1"];
  assert.equal(await cell.reload(`${options.policy}\n# again`), null);
  await asked(cell, "outside", 1);
  await eventually(async () => (await quarantines(cell)).length === 1);
  const [entry, ...others] = cell.entries.filter(({ t: kind }) => kind === "quarantine");
  assert.ok(entry?.t === "quarantine" && others.length === 0);
  assert.deepEqual([entry.endpoint, entry.rid], ["hosted", null]);
  assert.deepEqual(await quarantines(cell), [
    { endpoint: "hosted", sinceMs: entry.ts, request: null, reason: "region_added" },
  ]);
  assert.deepEqual(linesOf(cell, "region_added").map(whatOf), [
    { level: "error", endpoint: "hosted", region: "me-central-1", next: "mend_places_then_release" },
  ]);
  assert.equal(alarmsOf(cell), 1);
  const before = calls.length;
  assert.equal((await ask(cell, "hosted")).headers.get("bailiwick-endpoint"), "iad-1");
  const refused = await ask(cell, "alone");
  assert.deepEqual([refused.status, errorOf(refused).type], [503, "policy_region_unavailable"]);
  assert.equal(calls.length, before);
  const [report] = await reports(cell);
  assert.deepEqual([report?.["profile"], report?.["outside"]], [nova, ["me-central-1"]]);
  assert.match(String(report?.["next"]), /reload, then release the endpoint/);
  assert.deepEqual(plane.refused, []);
  assert.ok(![...cell.logLines, cell.metrics()].some((text) => text.includes(secret)));
});

test("the same finding is one quarantine, also after a restart, and one line of the log", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const { cell, plane, options } = await startScene(t, { directory });
  plane.regions = [...europe, "me-central-1"];
  for (const again of ["one", "two", "three"]) await cell.reload(`${options.policy}\n# ${again}`);
  await asked(cell, "outside", 2);
  assert.equal(cell.entries.filter(({ t: kind }) => kind === "quarantine").length, 1);
  assert.equal(linesOf(cell, "region_added").length, 1);
  assert.equal(alarmsOf(cell), 1);
  await cell.gateway.drain();
  await cell.ledger.close();

  const { cell: second } = await startScene(t, { directory, plane });
  await asked(second, "outside", 1);
  assert.equal((await ask(second, "alone")).status, 503);
  assert.equal((await quarantines(second)).length, 1);
  assert.deepEqual(
    second.entries.filter(({ t: kind }) => kind === "quarantine"),
    [],
  );
  assert.equal(linesOf(second, "region_added").length, 1);
});

test("a release holds where the data has been mended, and until the next answer where it has not", async (t) => {
  const { cell, plane, options } = await startScene(t);
  await asked(cell, "within", 1);
  plane.regions = [...europe, "eu-central-2"];
  await cell.reload(`${options.policy}\n# found`);
  await eventually(async () => (await quarantines(cell)).length === 1);
  await askAdmin(cell, "POST", "/admin/quarantines/release", { endpoint: "hosted" });
  assert.deepEqual(await quarantines(cell), []);
  await cell.reload(`${options.policy}\n# not mended`);
  await eventually(async () => (await quarantines(cell)).length === 1);

  plane.regions = europe;
  await cell.reload(`${options.policy}\n# mended`);
  await asked(cell, "within", 2);
  assert.equal((await quarantines(cell)).length, 1);
  await askAdmin(cell, "POST", "/admin/quarantines/release", { endpoint: "hosted" });
  await cell.reload(`${options.policy}\n# released`);
  await asked(cell, "within", 3);
  assert.deepEqual(await quarantines(cell), []);
  assert.equal((await ask(cell, "alone")).status, 200);
});

test("`eu.` may compute in Zurich where it is called from Zurich, and not where it is called from Frankfurt", async (t) => {
  const credential = { secret, session: "session-1", region: "eu-central-2" };
  const key = `${accessKey}:session-1`;
  const { cell, plane } = await startScene(t, { region: "eu-central-2/eu", credential, key });
  await asked(cell, "within", 1);
  plane.regions = ["eu-central-2", ...europe];
  await cell.reload(policyWith({ region: "eu-central-2/eu" }).concat("\n# Zurich among them"));
  await asked(cell, "within", 2);
  assert.deepEqual((await reports(cell))[0]?.["unnamed"], []);
  assert.deepEqual(await quarantines(cell), []);

  const { cell: frankfurt } = await startScene(t, { plane: await planeOf(t, ["eu-central-2", ...europe]) });
  await asked(frankfurt, "outside", 1);
  assert.deepEqual((await reports(frankfurt))[0]?.["outside"], ["eu-central-2"]);
});

for (const { title, model = nova, regions, outside } of [
  {
    title: "a region of which nobody knows where it lies",
    regions: [...europe, "eu-atlantis-1"],
    outside: ["eu-atlantis-1"],
  },
  {
    title: "a model of a European profile that lies in no region",
    regions: ["eu-central-1", ""],
    outside: ["unspecified"],
  },
  { title: "a model that spreads less than its region may", regions: ["eu-west-1"], outside: [] },
  {
    title: "a profile that is named by its ARN",
    model: `arn:aws:bedrock:eu-central-1:111122223333:inference-profile/${nova}`,
    regions: [...europe, "us-east-1"],
    outside: ["us-east-1"],
  },
])
  test(`${title}: ${outside.length === 0 ? "goes on" : "out of service"}`, async (t) => {
    const plane = await planeOf(t, regions);
    const { cell } = await startScene(t, { plane, model });
    await asked(cell, outside.length === 0 ? "within" : "outside", 1);
    await eventually(async () => (await quarantines(cell)).length === Math.min(outside.length, 1));
    assert.deepEqual((await reports(cell))[0]?.["outside"], outside);
    assert.equal(
      plane.asked[0],
      `GET /inference-profiles/${encodeURIComponent(model.split("/").at(-1) ?? "")}`,
    );
  });

for (const { title, answer, fault, next } of [
  {
    title: "a key that may not ask",
    answer: statusOf(403),
    fault: "refused",
    next: "allow_get_inference_profile",
  },
  {
    title: "a profile that Amazon does not have",
    answer: statusOf(404),
    fault: "unknown",
    next: "compare_model_name",
  },
  { title: "too many questions", answer: statusOf(429), fault: "busy", next: "wait" },
  { title: "an error of Amazon's", answer: statusOf(500), fault: "unreachable", next: "open_control_host" },
  { title: "no answer", answer: (): void => undefined, fault: "unreachable", next: "open_control_host" },
  {
    title: "more than an answer has",
    answer: bodyOf(" ".repeat(256 * 1024).concat(profileAnswer(nova, europe))),
    fault: "unusable",
    next: "look_who_answers",
  },
  {
    title: "what is no HTTP",
    answer: (response: ServerResponse): unknown => response.socket?.end("220 mail.example ESMTP\r\n"),
    fault: "unreachable",
    next: "open_control_host",
  },
  { title: "a redirect", answer: statusOf(307), fault: "unusable", next: "look_who_answers" },
  { title: "no JSON", answer: bodyOf("<html>"), fault: "unusable", next: "look_who_answers" },
  {
    title: "another profile",
    answer: bodyOf(profileAnswer("eu.other", europe)),
    fault: "unusable",
    next: "look_who_answers",
  },
  {
    title: "no models",
    answer: bodyOf(profileAnswer(nova, [])),
    fault: "unusable",
    next: "look_who_answers",
  },
  {
    title: "a model that is none",
    answer: bodyOf(profileAnswer(nova, ["us-east-1", "<b>"])),
    fault: "unusable",
    next: "look_who_answers",
  },
] as const)
  test(`${title}: is told once, and changes nothing`, async (t) => {
    const plane = await ControlPlane.start(t, ofAccessKey);
    plane.answer = answer;
    const { cell, options } = await startScene(t, { plane });
    assert.equal((await ask(cell, "alone")).status, 200);
    await asked(cell, fault, 1);
    // One that hangs is asked for five seconds each time.
    if (title !== "no answer") {
      await cell.reload(`${options.policy}\n# again`);
      await asked(cell, fault, 2);
    }
    assert.deepEqual(linesOf(cell, "regions_unheard").map(whatOf), [
      { level: "warn", endpoint: "hosted", fault, next },
    ]);
    assert.deepEqual(await quarantines(cell), []);
    assert.equal((await ask(cell, "alone")).status, 200);
    assert.equal(alarmsOf(cell), 0);
    const [report] = await reports(cell);
    assert.deepEqual([report?.["fault"], report?.["regions"]], [fault, null]);
  });

test("what to do is said of what is known now, and first of what has taken the endpoint out of service", async (t) => {
  const plane = await ControlPlane.start(t, ofAccessKey);
  plane.answer = statusOf(403);
  const { cell, options } = await startScene(t, { plane });
  const next = async (answer: ControlPlane["answer"], result: string): Promise<unknown> => {
    plane.answer = answer;
    await cell.reload(`${options.policy}\n# ${result}`);
    await asked(cell, result, 1);
    return (await reports(cell))[0]?.["next"];
  };
  assert.match(String(await next(statusOf(403), "refused")), /^allow `bedrock:GetInferenceProfile`/);
  assert.match(String(await next(statusOf(404), "unknown")), /^compare the model's name/);
  assert.match(String(await next(bodyOf("<html>"), "unusable")), /^look who answers/);
  assert.equal(await next(bodyOf(profileAnswer(nova, europe)), "within"), null);
  assert.match(String(await next(statusOf(429), "busy")), /^nothing: it is asked again/);
  assert.match(
    String(await next(bodyOf(profileAnswer(nova, ["us-east-1"])), "outside")),
    /^say in a provider/,
  );
  assert.match(String(await next(statusOf(500), "unreachable")), /^say in a provider/);
});

test("a key of Bedrock's own asks as a bearer token, and every thread hears of what it finds", async (t) => {
  const plane = await ControlPlane.start(t, { bearer: "bedrock-api-key-1" });
  plane.regions = ["us-east-1"];
  const { cell } = await startScene(t, { plane, key: "bedrock-api-key-1", workers: { count: 2 } });
  await eventually(async () => (await quarantines(cell)).length === 1);
  for (let turn = 0; turn < 6; turn++) assert.equal((await ask(cell, "alone")).status, 503);
  assert.deepEqual(plane.refused, []);
});

test("an answer that comes when the policy has changed is held against nothing", async (t) => {
  const plane = await planeOf(t, ["eu-central-2"]);
  const { promise, resolve } = Promise.withResolvers<() => void>();
  plane.answer = (response) => {
    plane.answer = null;
    resolve(() => response.end(profileAnswer(nova, ["eu-central-2"])));
  };
  const { cell } = await startScene(t, { plane });
  const answer = await promise;
  assert.equal(await cell.reload(policyWith({ isWatched: false })), null);
  answer();
  await new Promise((end) => setTimeout(end, 300));
  assert.deepEqual(await quarantines(cell), []);
  assert.deepEqual(await reports(cell), []);
  assert.equal(plane.asked.length, 1);
});

test("nobody is asked where the policy does not say so", async (t) => {
  const { cell, plane } = await startScene(t, { isWatched: false });
  assert.equal((await ask(cell, "alone")).status, 200);
  assert.deepEqual([plane.asked, plane.refused, await reports(cell)], [[], [], []]);
});

async function planeOf(t: TestContext, regions: readonly string[]): Promise<ControlPlane> {
  const plane = await ControlPlane.start(t, ofAccessKey);
  plane.regions = regions;
  return plane;
}

function ask(cell: TestCell, model: string): ReturnType<typeof askChat> {
  return askChat(cell, { tenant: "demo-shop", model });
}

type Members = Readonly<Record<string, unknown>>;

async function quarantines(cell: TestCell): Promise<readonly Members[]> {
  return (await askAdmin(cell, "GET", "/admin/quarantines")).body["quarantines"] as readonly Members[];
}

async function reports(cell: TestCell): Promise<readonly Members[]> {
  return (await askAdmin(cell, "GET", "/admin/regions")).body["regions"] as readonly Members[];
}

/** Resolves when the provider has been asked so often with that result. */
function asked(cell: TestCell, result: string, count: number): Promise<void> {
  const series = `bailiwick_region_asks_total{cell="us-virginia",endpoint="hosted",result="${result}"} `;
  return eventually(() => {
    const line = cell
      .metrics()
      .split("\n")
      .find((each) => each.startsWith(series));
    return Number(line?.slice(series.length) ?? 0) >= count;
  });
}

function alarmsOf(cell: TestCell): number {
  return linesOf(cell, "alarm").filter((line) => line["alarm"] === "region_added").length;
}

function linesOf(cell: TestCell, event: string): readonly Members[] {
  return cell.logLines.map((line) => JSON.parse(line) as Members).filter((line) => line["event"] === event);
}

function whatOf({ time: _time, event: _event, cell: _cell, model: _model, ...what }: Members): Members {
  return what;
}

function statusOf(status: number): ControlPlane["answer"] {
  return (response) => void response.writeHead(status, { location: "http://127.0.0.1:1/" }).end("{}");
}

function bodyOf(text: string): ControlPlane["answer"] {
  return (response) => void response.end(text);
}

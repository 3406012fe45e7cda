import { engineKinds, isEngineName, peerEngine } from "../../law/index.ts";
import { callingKeys } from "../schema/calling-schema.ts";
import { type Problem, quote } from "../yaml/finding.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkEndpoints(root: YamlNode): readonly Problem[] {
  const senders = new Set(locate(root, "tenants", "*", "keys", "*", "peer").map(({ node }) => textOf(node)));
  const served = new Set(locate(root, "models", "*", "served-by", "*").map(({ path }) => path.at(-1)));
  return locate(root, "endpoints", "*").flatMap((endpoint) => [
    ...checkAddress(endpoint),
    ...checkDialect(endpoint),
    ...checkPath(endpoint),
    ...checkSessions(endpoint),
    ...checkHeaders(endpoint),
    ...checkPeer(endpoint),
    ...checkSender(endpoint, senders),
    ...(served.has(endpoint.path.at(-1)) ? [] : [unused(endpoint)]),
  ]);
}

/** A remote engine is called at a URL; one inside the cell's process has neither URL nor key. */
function checkAddress({ path, node, keyAt }: Located): readonly Problem[] {
  const engine = textOf(childOf(node, "engine"));
  if (engine === null || !isEngineName(engine)) return [];
  if (!engineKinds[engine].isRemote)
    return ["url", "key", ...callingKeys].flatMap((key) =>
      locate(node, key).map((found) => superfluous(found, path, engine)),
    );
  const url = childOf(node, "url");
  // A provider's data knows where it is called, and so does the cell that a peer is.
  if (!url && (childOf(node, "provider") ?? childOf(node, "peer"))) return [];
  if (!url) {
    const expected = `the URL at which engine \`${engine}\` is called`;
    return [{ at: keyAt, path: [...path, "url"], found: "nothing", expected }];
  }
  if (!textOf(url)?.endsWith("/v1")) return [];
  const expected = "the base URL without `/v1`, which is added to every call";
  return [{ at: url.at, path: [...path, "url"], found: "a URL that ends in `/v1`", expected }];
}

/** They speak a maker's own dialect: where they are called, and what each model is asked in, is their own affair. */
const ofOwnDialect: ReadonlyMap<string, string> = new Map([
  ["gemini", "Google's"],
  ["vertex", "Google's"],
  ["cohere", "Cohere's"],
]);

function checkDialect({ path, node }: Located): readonly Problem[] {
  const engine = textOf(childOf(node, "engine")) ?? "";
  const maker = ofOwnDialect.get(engine);
  if (maker === undefined) return [];
  const why: Readonly<Record<string, string>> = {
    path: "knows where it is called",
    serves: `speaks ${maker} dialect, into which chats, responses and messages are translated`,
  };
  return Object.entries(why).flatMap(([name, reason]) =>
    locate(node, name).map(({ keyAt }) => ({
      at: keyAt,
      path: [...path, name],
      found: `a ${quote(name)}`,
      expected: `none: engine ${quote(engine)} ${reason}`,
    })),
  );
}

/** They are asked no chats by themselves, and a path is that of chats. */
const withoutChats: readonly string[] = ["anthropic"];

/** Whoever has a path for chats answers nothing else that is not stated, and where it answers no chats, nothing at all. */
function checkPath({ path, node }: Located): readonly Problem[] {
  const engine = textOf(childOf(node, "engine")) ?? "";
  const serves = locate(node, "serves", "*").map((item) => textOf(item.node));
  const isAskedChats =
    serves.length > 0 ? serves.includes("chat_completions") : !withoutChats.includes(engine);
  if (isAskedChats) return [];
  const reason =
    serves.length > 0
      ? "its `serves` has no `chat_completions`"
      : `engine ${quote(engine)} is asked no chats`;
  return locate(node, "path").map(({ keyAt }) => ({
    at: keyAt,
    path: [...path, "path"],
    found: "a `path`",
    expected: `none: it is where chat completions are answered, and ${reason}`,
    hint: "leave out the `path`, or say by `serves: [chat_completions]` that chats are answered there",
  }));
}

/** What has no `serves` at all is told of that alone. */
function checkSessions({ path, node }: Located): readonly Problem[] {
  const engine = textOf(childOf(node, "engine")) ?? "";
  if (!isEngineName(engine) || ofOwnDialect.has(engine)) return [];
  const { isRemote, hasSessions } = engineKinds[engine];
  if (!isRemote || hasSessions) return [];
  return locate(node, "serves", "*").flatMap((item) => {
    if (textOf(item.node) !== "realtime") return [];
    const expected = `what engine ${quote(engine)} answers: it has no sessions`;
    const hint =
      "leave it out; an endpoint of engine `openai`, `openai-compatible` or `azure-openai` has sessions";
    return [{ at: item.node.at, path: [...path, ...item.path], found: quote("realtime"), expected, hint }];
  });
}

/** By which an engine says itself who calls, in each request: a policy's own would stand beside it. */
const signedHeaders: ReadonlyMap<string, readonly string[]> = new Map([
  ["vertex", ["authorization"]],
  ["azure-openai", ["authorization"]],
  ["bedrock", ["authorization", "x-amz-date", "x-amz-security-token"]],
]);

/** What a `key` is shows itself when it is read: one that is sent as it is would be a second word of who calls, or unsent. */
function checkHeaders({ path, node }: Located): readonly Problem[] {
  const engine = textOf(childOf(node, "engine")) ?? "";
  const isMachine = engine === "vertex" && !childOf(node, "key");
  if (!isMachine && !childOf(node, "key")) return [];
  const credential = isMachine ? "the machine's own identity" : "its `key`";
  return (signedHeaders.get(engine) ?? []).flatMap((name) =>
    locate(node, "headers", name).map(({ keyAt }) => ({
      at: keyAt,
      path: [...path, "headers", name],
      found: `a header ${quote(name)}`,
      expected: `none: engine ${quote(engine)} says by ${credential} who calls, and would say it twice`,
      hint: engine === "vertex" ? "leave out the header" : "leave out the header, or the `key`",
    })),
  );
}

/** A peer is another cell, and speaks the dialect that cells speak. */
function checkPeer({ path, node }: Located): readonly Problem[] {
  const peer = childOf(node, "peer");
  if (!peer) return [];
  const problem = (found: string, expected: string): Problem => ({
    at: peer.at,
    path: [...path, "peer"],
    found,
    expected,
  });
  if (textOf(peer) === textOf(childOf(node, "cell"))) {
    return [problem("the cell that calls it", "another cell: a request does not leave for its own")];
  }
  const engine = textOf(childOf(node, "engine"));
  if (engine === peerEngine && !childOf(node, "provider")) return [];
  return [
    problem(
      "a peer that is no cell",
      `engine \`${peerEngine}\` and no \`provider\`, since a cell is called like that`,
    ),
  ];
}

/** What one cell says of a transfer, another believes only under a key that the policy names as that cell's. */
function checkSender(
  { path, node, keyAt }: Located,
  senders: ReadonlySet<string | null>,
): readonly Problem[] {
  const [sender, receiver] = [textOf(childOf(node, "cell")), textOf(childOf(node, "peer"))];
  if (sender === null || receiver === null || sender === receiver || senders.has(sender)) return [];
  return [
    {
      severity: "warning",
      at: keyAt,
      path: [...path, "peer"],
      found: `no key of any tenant that is cell \`${sender}\`'s`,
      expected: `one with \`peer: ${sender}\`; without it \`${receiver}\` refuses the transfers that it announces`,
    },
  ];
}

function superfluous(found: Located, path: Located["path"], engine: string): Problem {
  const key = String(found.path.at(-1));
  return {
    at: found.keyAt,
    path: [...path, key],
    found: `a \`${key}\``,
    expected: `none: engine \`${engine}\` runs inside the cell's process`,
  };
}

function unused({ path, keyAt }: Located): Problem {
  return {
    severity: "warning",
    at: keyAt,
    path,
    found: "an endpoint that no model uses",
    expected: "its name under `served-by` of a model",
  };
}

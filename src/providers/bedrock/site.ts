import type { SpokenName } from "../../wire/index.ts";
import type { EndpointAddress, Engine } from "../provider.ts";
import type { Scope } from "./signature.ts";

/** One of Bedrock's two doors, in the region that its address chooses. */
export interface Site extends Scope {
  readonly paths: NonNullable<Engine["paths"]>;
  /** Anthropic's dialect is that of `InvokeModel` there, and other models are asked in `Converse`. */
  readonly isRuntime: boolean;
}

const mantlePaths = { messages: "/anthropic/v1/messages" };
const runtimePaths = {
  chat_completions: "/openai/v1/chat/completions",
  responses: "/openai/v1/responses",
  messages: { whole: "/model/{model}/invoke", stream: "/model/{model}/invoke-with-response-stream" },
  converse: { whole: "/model/{model}/converse", stream: "/model/{model}/converse-stream" },
};

/** By its host, or where that is another one (a private link, a test) by its region's label: a scope is the runtime's alone. */
export function siteOf({ id, url, region }: EndpointAddress): Site {
  const host = url === null ? "" : new URL(url).hostname;
  const [, door, named] = /^(bedrock-mantle|bedrock-runtime)\.([a-z0-9-]+)\./.exec(host) ?? [];
  const label = region?.split("/")[0] ?? null;
  const called = named ?? (label === "global" ? null : label);
  if (called === null) throw new TypeError(`endpoint \`${id}\`: its URL names no region of Amazon's`);
  const isMantle = door === undefined ? region?.includes("/") !== true : door === "bedrock-mantle";
  return isMantle
    ? { region: called, service: "bedrock-mantle", paths: mantlePaths, isRuntime: false }
    : { region: called, service: "bedrock", paths: runtimePaths, isRuntime: true };
}

/**
 * What a model is asked in, by who made it: its name says so, also in an ARN and behind a word that widens where it computes.
 * Claude is asked in messages, so that signed thinking goes and comes byte for byte; models of OpenAI's in their own dialect.
 * `Converse` is what every other one understands (docs.aws.amazon.com/bedrock/latest/userguide/models-api-compatibility.html).
 */
export function spokenAt({ isRuntime }: Pick<Site, "isRuntime">, model: string): readonly SpokenName[] {
  const [, maker] = /^(?:arn:[^/]*\/)?(?:[a-z-]+\.)?(anthropic|openai)\./.exec(model) ?? [];
  if (maker === "anthropic") return ["messages"];
  return maker === "openai" || !isRuntime ? ["chat_completions"] : ["converse"];
}

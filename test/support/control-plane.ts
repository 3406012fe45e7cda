// Amazon's control plane, played at a socket: it checks who asks as its documents say, and names the regions that a test says.
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** For an access key, whose secret it is, or a key of Bedrock's own. */
export type Credential =
  | { readonly secret: string; readonly session: string | null; readonly region: string }
  | { readonly bearer: string };

export class ControlPlane {
  readonly url: string;
  /** Every request that it let in, as `GET <path>`. */
  readonly asked: string[] = [];
  /** What was wrong with those that it did not. */
  readonly refused: string[] = [];
  regions: readonly string[] = [];
  /** Instead of the regions; it may leave the connection as it is. */
  answer: ((response: ServerResponse) => void) | null = null;
  readonly #credential: Credential;

  private constructor(url: string, credential: Credential) {
    this.url = url;
    this.#credential = credential;
  }

  static async start(t: TestContext, credential: Credential): Promise<ControlPlane> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close().closeAllConnections());
    const plane = new ControlPlane(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, credential);
    server.on("request", (request, response) => plane.#take(request, response));
    return plane;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const problem = problemOf(request, this.#credential);
    if (problem !== null) {
      this.refused.push(problem);
      return void response.writeHead(403).end('{"message":"The request signature does not match"}');
    }
    this.asked.push(`${request.method} ${request.url}`);
    if (this.answer) return this.answer(response);
    const profile = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
    response.writeHead(200, { "content-type": "application/json" }).end(profileAnswer(profile, this.regions));
  }
}

/** API_GetInferenceProfile. A region of no name stands for a model of a global profile. */
export function profileAnswer(profile: string, regions: readonly string[]): string {
  const model = profile.split(".").slice(1).join(".");
  return JSON.stringify({
    inferenceProfileName: "A model",
    inferenceProfileArn: `arn:aws:bedrock:eu-central-1:111122223333:inference-profile/${profile}`,
    inferenceProfileId: profile,
    models: regions.map((region) => ({ modelArn: `arn:aws:bedrock:${region}::foundation-model/${model}` })),
    status: "ACTIVE",
    type: "SYSTEM_DEFINED",
  });
}

/** "Create a signed AWS API request" of the IAM user guide, step by step. */
function problemOf({ method, url, headers }: IncomingMessage, credential: Credential): string | null {
  const { authorization = "" } = headers;
  if ("bearer" in credential) return authorization === `Bearer ${credential.bearer}` ? null : "another key";
  const form =
    /^AWS4-HMAC-SHA256 Credential=[A-Z0-9]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
  const [, day = "", region = "", service = "", names = "", signature = ""] = form.exec(authorization) ?? [];
  if (region !== credential.region || service !== "bedrock") return `the scope ${region}/${service}`;
  if (!names.split(";").includes("host")) return "no signed host";
  if ((headers["x-amz-security-token"] ?? null) !== credential.session) return "another session";
  const time = String(headers["x-amz-date"]);
  const canonical = [
    method,
    (url ?? "").split("/").map(encodeURIComponent).join("/"),
    "",
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    names,
    createHash("sha256").update("").digest("hex"),
  ].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const text = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/${service}/aws4_request\n${hash}`;
  const parts = [day, region, service, "aws4_request"];
  const signing = parts.reduce<string | Buffer>(keyed, `AWS4${credential.secret}`);
  return keyed(signing, text).toString("hex") === signature ? null : "another signature";
}

function keyed(key: string | Buffer, part: string): Buffer {
  return createHmac("sha256", key).update(part).digest();
}

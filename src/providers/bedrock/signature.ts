// AWS Signature Version 4 of one request (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
import { createHash, createHmac } from "node:crypto";

/** As the policy's `key` holds them: `access key id:secret access key`, or with `:session token` behind. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end by themselves. */
  readonly sessionToken: string | null;
}

/** Null for a key of another kind: Bedrock's own are sent as bearer tokens. */
export function readAwsCredentials(key: string): AwsCredentials | null {
  const match = /^([A-Z0-9]{16,128}):([A-Za-z0-9/+=]+)(?::(.+))?$/.exec(key);
  if (!match) return null;
  const [, accessKeyId = "", secretAccessKey = "", sessionToken = null] = match;
  return { accessKeyId, secretAccessKey, sessionToken };
}

export interface SignedRequest {
  readonly method: string;
  readonly host: string;
  /** As it is sent, so escaped once. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** In pieces, which follow one another. */
  readonly body: readonly Uint8Array[];
}

export interface Scope {
  readonly region: string;
  readonly service: string;
}

/** The headers that make the request its sender's, for some minutes from `nowMs`. */
export function signatureHeaders(
  request: SignedRequest,
  { credentials, scope, nowMs }: { credentials: AwsCredentials; scope: Scope; nowMs: number },
): Readonly<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const signed = {
    host: request.host,
    "x-amz-date": time,
    ...(sessionToken !== null && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(signed).join(";");
  const place = [time.slice(0, 8), scope.region, scope.service, "aws4_request"];
  const canonical = canonicalRequest(request, signed, names);
  const text = ["AWS4-HMAC-SHA256", time, place.join("/"), sha256([Buffer.from(canonical)])].join("\n");
  const key = place.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, text).toString("hex");
  const { host: _host, ...headers } = signed;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${place.join("/")}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function canonicalRequest(
  { method, path, query, body }: SignedRequest,
  signed: Readonly<Record<string, string>>,
  names: string,
): string {
  const fields = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
  const pairs = Object.entries(query).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  // Every service but S3 escapes the path of the request line once more.
  const twice = path.split("/").map(escaped).join("/");
  return [method, twice, pairs.toSorted().join("&"), fields.join(""), names, sha256(body)].join("\n");
}

/** RFC 3986 §2.3: all but unreserved characters. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

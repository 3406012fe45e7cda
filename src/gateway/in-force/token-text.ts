// A token as text (RFC 7519, JWS compact serialization, RFC 7515 §7.1), before anything of it is believed. There is one
// spelling of each: what two readers could read differently is refused before a signature is looked at.
import { fail, ok, type Result } from "../../base/index.ts";
import { scanJsonObject } from "../../wire/index.ts";

const maxLength = 8192;
const shape = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Members that say how to check the signature and bring nothing of their own to check it with. */
const allowedMembers: ReadonlySet<string> = new Set(["alg", "kid", "typ", "x5t", "x5t#S256"]);

export interface UnverifiedToken {
  readonly algorithm: unknown;
  /** Undefined when the header names no key. */
  readonly kid: unknown;
  readonly issuer: unknown;
}

/** Whether it is meant as a token. An API key that the policy knows is never asked this. */
export function looksLikeToken(text: string): boolean {
  return shape.test(text);
}

/** The reason for a refusal quotes nothing of the token. */
export function readToken(text: string): Result<UnverifiedToken, string> {
  if (text.length > maxLength) return fail(`the token is longer than ${maxLength} characters`);
  const [header, payload, signature] = text.split(".").map(decodePart);
  if (!header || !payload || !signature) return fail("the token is not three parts of canonical base64url");
  const members = readObject(header);
  if (!members.ok) return fail(`the token's header: ${members.error}`);
  const claims = readObject(payload);
  if (!claims.ok) return fail(`the token's claims: ${claims.error}`);
  if (Object.keys(members.value).some((member) => !allowedMembers.has(member))) {
    return fail(`the token's header may hold ${Array.from(allowedMembers).join(", ")}, and nothing critical`);
  }
  const { alg: algorithm, kid, typ = "JWT" } = members.value;
  // RFC 8725 §3.11: a token made for another purpose is none for this one.
  if (typeof typ !== "string" || !/^(application\/)?(at\+)?jwt$/i.test(typ)) {
    return fail("the token's `typ` is neither `JWT` nor `at+jwt`");
  }
  return ok({ algorithm, kid, issuer: claims.value["iss"] });
}

/** Null unless it is the one spelling of its bytes (RFC 4648 §3.5): a changed character is a changed token. */
function decodePart(part: string): Buffer | null {
  const bytes = Buffer.from(part, "base64url");
  return bytes.length > 0 && bytes.toString("base64url") === part ? bytes : null;
}

/** RFC 8725 §3.10 leaves repeated members open; here they are refused. */
function readObject(bytes: Buffer): Result<Readonly<Record<string, unknown>>, string> {
  const scanned = scanJsonObject(bytes);
  if (!scanned.ok) return fail(scanned.error.reason);
  return ok(JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, unknown>>);
}

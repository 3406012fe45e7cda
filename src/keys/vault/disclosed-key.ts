// What an auditor is handed for one handle: with it, and the bytes of a request, the commitments in the log under that
// handle can be computed again. It opens nothing, and says nothing of other handles.
import { fail, fromHex, isObject, ok, parseJson, type Result, toHex } from "../../base/index.ts";
import { commitmentsUnder, type SubjectKey } from "./subject-key.ts";

export interface DisclosedKey {
  readonly handle: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const version = 1;
const algorithm = "HMAC-SHA256";
/** What the gateway commits to: a request's body, and the bytes of an answer. */
const labels = ["req/v1", "res/v1"] as const;

/** JSON, as docs/keys.md describes it. */
export function formatDisclosedKey({ handle, key }: DisclosedKey): string {
  const document = {
    "bailiwick-subject-key": version,
    handle,
    algorithm,
    input: "label || 0x00 || bytes",
    labels,
    key: toHex(key),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The failure says what is expected and never repeats the text, which holds a key. */
export function parseDisclosedKey(text: string): Result<DisclosedKey, string> {
  const members = parseJson(text);
  if (
    !isObject(members) ||
    members["bailiwick-subject-key"] !== version ||
    members["algorithm"] !== algorithm
  ) {
    return fail(`it is no subject key of version ${version} for ${algorithm}`);
  }
  const { handle, key: digits } = members;
  const key = typeof digits === "string" ? fromHex(digits) : null;
  if (key?.length !== 32) return fail("`key` is not 32 bytes in lower-case hex");
  if (typeof handle !== "string" || !/^[0-9a-f]{32}$/.test(handle)) {
    return fail("`handle` is not 16 bytes in lower-case hex");
  }
  return ok({ handle, key });
}

/** Computes what the cell committed to, from the bytes that somebody says it was. */
export function openDisclosedKey({ key }: DisclosedKey): Pick<SubjectKey, "commit" | "commitment"> {
  return commitmentsUnder(key);
}

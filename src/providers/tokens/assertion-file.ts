// A federated token in a file, as workload identity mounts one. INVARIANT: whatever file is named, nothing of it is sent that is
// no JWT, and a read of it ends.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isObject, parseJson } from "../../base/index.ts";
import { TokenError } from "./access-token.ts";

const maxBytes = 64 * 1024;

/** Rejects for a file that cannot be read, and with {@link TokenError} for one that holds no token. */
export async function readAssertion(path: string): Promise<string> {
  // To open a pipe would wait for whoever writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const assertion = (await file.stat()).isFile() ? (await readBounded(file)).trim() : "";
    if (!isJwt(assertion)) throw new TokenError("token_refused");
    return assertion;
  } finally {
    await file.close();
  }
}

/** Empty where it is longer than a token may be, whatever length the file says that it has. */
async function readBounded(file: FileHandle): Promise<string> {
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (let read = -1; read !== 0; length += read) ({ bytesRead: read } = await file.read(bytes, length));
  return length > maxBytes ? "" : bytes.toString("utf8", 0, length);
}

/** Three parts in base64url, the first two of which are objects as JSON (RFC 7515 §3.1, RFC 7519 §3). */
function isJwt(content: string): boolean {
  const parts = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(content)?.slice(1) ?? [];
  return parts.length === 2 && parts.every(holdsObject);
}

function holdsObject(part: string): boolean {
  return isObject(parseJson(Buffer.from(part, "base64url").toString("utf8")));
}

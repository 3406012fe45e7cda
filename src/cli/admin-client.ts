// A lifecycle act, asked of the cell that runs. Over node:http, for a rewrap may take longer than fetch waits.
import { request } from "node:http";
import { isLifecycleErrorCode, LifecycleError, type Operation } from "../gateway/index.ts";
import { UnusableInputError } from "./unusable-input.ts";

export interface AdminAddress {
  readonly url: string;
  readonly token: string;
}

/** Null when nobody listens there: the cell does not run. Rejects with {@link LifecycleError} for what it declines. */
export async function askCell(
  { url, token }: AdminAddress,
  { method, path }: Pick<Operation, "method" | "path">,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const isQuery = method === "GET";
  const query = new URLSearchParams(isQuery ? (input as Readonly<Record<string, string>>) : {}).toString();
  const answer = await exchange(
    `${url}${path}${query === "" ? "" : `?${query}`}`,
    { method, headers: { authorization: `Bearer ${token}` } },
    isQuery ? "" : JSON.stringify(input),
  );
  if (answer === null) return null;
  const value: unknown = JSON.parse(answer.body);
  if (answer.status === 200) return value;
  throw declined(value as Problem);
}

interface Problem {
  readonly code?: unknown;
  readonly detail?: unknown;
}

function declined({ code, detail, ...particulars }: Problem): Error {
  const message = typeof detail === "string" ? detail : "the cell gave no reason";
  if (isLifecycleErrorCode(code)) return new LifecycleError(code, message, particulars);
  return new UnusableInputError([`the cell declined: ${message} (\`${String(code)}\`)`]);
}

function exchange(
  url: string,
  { method, headers }: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
  body: string,
): Promise<{ readonly status: number; readonly body: string } | null> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part)).on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
      );
    });
    asked.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve(null);
      else reject(error);
    });
    asked.end(body);
  });
}

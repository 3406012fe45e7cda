// A lifecycle act, asked of the cell that runs.
import { askOwnCell, type OwnCellAnswer, type OwnCellRequest } from "../../cell/index.ts";
import { isLifecycleErrorCode, LifecycleError, type AdminAction } from "../../privacy/index.ts";
import { UnusableInputError } from "../../disk/index.ts";

export interface AdminAddress {
  readonly url: string;
  readonly token: string;
}

/** Resolves with null when no cell listens there. Rejects with {@link LifecycleError} for what the cell declines. */
export async function askCell(
  { url, token }: AdminAddress,
  { method, path }: Pick<AdminAction, "method" | "path">,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const isQuery = method === "GET";
  const query = new URLSearchParams(isQuery ? (input as Readonly<Record<string, string>>) : {}).toString();
  const answer = await askIfRunning(`${url}${path}${query === "" ? "" : `?${query}`}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    body: isQuery ? "" : JSON.stringify(input),
  });
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

async function askIfRunning(url: string, asked: OwnCellRequest): Promise<OwnCellAnswer | null> {
  try {
    return await askOwnCell(url, asked);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return null;
    throw error;
  }
}

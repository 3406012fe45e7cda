import { type TestCell, testAdminToken } from "./test-cell.ts";

export interface AdminAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks the admin API as its owner; a text is sent as it is. */
export async function askAdmin(
  { gateway }: TestCell,
  method: "GET" | "POST",
  path: string,
  input?: unknown,
): Promise<AdminAnswer> {
  const answer = await fetch(`${gateway.adminUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${testAdminToken}` },
    ...(input === undefined ? {} : { body: typeof input === "string" ? input : JSON.stringify(input) }),
  });
  return { status: answer.status, body: (await answer.json()) as AdminAnswer["body"] };
}

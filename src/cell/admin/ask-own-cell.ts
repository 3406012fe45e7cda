// Asking a cell of this machine, at the address that its process or its state names.

export interface OwnCellRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface OwnCellAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * INVARIANT: it goes to `url` itself, for it may carry the admin token: an agent of its own reads no proxy variables, as
 * Node's global one does under NODE_USE_ENV_PROXY. Waits as long as `signal` lets it; a rewrap takes its time.
 */
export function askOwnCell(
  url: string,
  { method, headers = {}, body = "", signal }: OwnCellRequest,
): Promise<OwnCellAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false, ...(signal && { signal }) } as const;
    const asked = process.getBuiltinModule("node:http").request(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part)).on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

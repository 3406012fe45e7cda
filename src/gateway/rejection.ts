import { decodeUtf8 } from "../base/index.ts";
import { GatewayError } from "./gateway-error.ts";

const maxMessageLength = 2_000;

/** Statuses by which a model server says that the request itself is wrong. */
export function isRejection(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}

/**
 * The model server's own words go back to the caller whose request they are about, in our closed set of types.
 * They may quote the request, so they go nowhere else.
 */
export function providerRejected(body: Uint8Array): GatewayError {
  const { message, param } = readError(body);
  return new GatewayError(
    "provider_rejected",
    typeof message === "string" ? message.slice(0, maxMessageLength) : "the model server refused the request",
    typeof param === "string" ? { param: param.slice(0, maxMessageLength) } : {},
  );
}

function readError(body: Uint8Array): { readonly message?: unknown; readonly param?: unknown } {
  try {
    const parsed = JSON.parse(decodeUtf8(body) ?? "") as {
      readonly error?: unknown;
      readonly message?: unknown;
    };
    const error = parsed.error ?? parsed;
    return typeof error === "object" && error !== null ? error : { message: error };
  } catch {
    return {};
  }
}

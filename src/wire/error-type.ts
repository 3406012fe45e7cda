/**
 * Every `error.type` that a caller can see: `policy_` the law or its application, `caller_` the request,
 * `provider_` the upstream, `gateway_` ourselves. Closed: docs/errors.md is generated from it.
 */
export const errorTypes = {
  policy_no_lawful_endpoint: {
    status: 451,
    title: "no endpoint is lawful for these facts, under the law and the legal events of now",
  },
  policy_region_unavailable: { status: 503, title: "lawful endpoints exist, none of them is available now" },
  policy_misdirected: { status: 421, title: "this cell may not receive the request, another one may" },
  policy_overtaken: {
    status: 503,
    title: "the law took back what a session was allowed by, while it was open",
  },
  policy_jurisdiction_unknown: {
    status: 403,
    title: "the subject's jurisdiction is unknown, or no pinned pack states its law",
  },
  caller_unauthenticated: { status: 401, title: "no valid API key" },
  caller_invalid_request: { status: 400, title: "the request is malformed" },
  caller_invalid_signal: {
    status: 400,
    title: "a header or claim about jurisdiction or class is malformed or contradictory",
  },
  caller_no_session: {
    status: 403,
    title:
      "this caller may not hold a session: its tokens, money or content must be accounted for, or its page is not known",
  },
  caller_unknown_route: { status: 404, title: "no such path" },
  caller_unknown_model: { status: 404, title: "no such model" },
  caller_unknown_file: { status: 404, title: "no such file or batch, for this caller" },
  caller_unknown_reference: {
    status: 404,
    title:
      "what the request builds on (an earlier response, an item, something encrypted) was not given to this caller here, or is known no more",
  },
  caller_storage_full: {
    status: 403,
    title:
      "the tenant's files and batches, or its open batches, are as many, or as large, as its policy lets them be",
  },
  caller_method_not_allowed: { status: 405, title: "the path exists, the method does not" },
  caller_timeout: { status: 408, title: "the request did not arrive in time" },
  caller_unsupported_media_type: {
    status: 415,
    title: "the body is compressed, or of a media type that the operation does not take",
  },
  caller_body_too_large: { status: 413, title: "the body is larger than this cell takes" },
  caller_headers_too_large: { status: 431, title: "the header block is larger than this cell takes" },
  caller_rate_limited: {
    status: 429,
    title: "a limit of requests or tokens is reached, of the key, its team or its tenant; `param` names it",
  },
  caller_budget_exhausted: {
    status: 429,
    title:
      "the tenant's budget for the period has no room for the request; `Retry-After` is the period's end",
  },
  provider_rejected: {
    status: 400,
    title:
      "the model server refused the request as the caller wrote it; its 413 and its 422 stay what they are",
  },
  provider_saturated: {
    status: 429,
    title: "the model servers' own rate limits are reached, or they are overloaded",
  },
  provider_failed: {
    status: 502,
    title: "the model server failed or answered with something that is no answer",
  },
  provider_timeout: { status: 504, title: "the model server did not answer before the deadline" },
  provider_interrupted: { status: 502, title: "the answer broke off after it had begun" },
  gateway_ledger_unavailable: { status: 503, title: "the ledger cannot write, so nothing may be sent" },
  gateway_keys_unavailable: {
    status: 503,
    title: "the key that the request must be recorded under cannot be had now",
  },
  gateway_identity_unavailable: {
    status: 503,
    title: "the keys of the token's issuer cannot be fetched, and those of before are too old",
  },
  gateway_records_unavailable: {
    status: 503,
    title: "the content record that the tenant's policy asks for cannot be written",
  },
  gateway_files_unavailable: {
    status: 503,
    title: "what callers store in the cell cannot be written or read",
  },
  gateway_overloaded: { status: 503, title: "connections or memory of this cell are used up for the moment" },
  gateway_session_over: {
    status: 503,
    title:
      "a session ended before its caller ended it: it was as long as it may be, or what let it begin does not hold any more",
  },
  gateway_draining: { status: 503, title: "this process is shutting down" },
  gateway_internal: { status: 500, title: "an error of the gateway's own" },
} as const;

export type ErrorType = keyof typeof errorTypes;

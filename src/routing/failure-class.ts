// Whose fault a failed call is: one answer for a status, a body under status 200, a stream's first event and every later
// one. It decides who is asked next, what counts against whom, and what the caller hears.

/** What is known of it: by the status, and by the engine's own words. */
export interface FailureSigns {
  /** The HTTP status, or the one that the body names; null where there is neither. */
  readonly status: number | null;
  readonly code: string | null;
  readonly type: string | null;
  readonly message: string | null;
  /** A page for a browser: it comes from a proxy or a firewall before the engine, which never saw the request. */
  readonly isPage: boolean;
}

/** What of ours the endpoint refuses. */
export type Misfit = "key" | "credit" | "model" | "route" | "region";

export type FailureClass =
  /** The request as its caller wrote it; every other engine would say the same. `code` is of a closed list. */
  | { readonly kind: "caller"; readonly status: 400 | 413 | 422; readonly code: string | null }
  /**
   * How we call the endpoint. `isCertain`: it would say so to everybody. Else it may be about this request, or a
   * sentence that was read for it, and is no ground to take the endpoint from others.
   */
  | { readonly kind: "ours"; readonly misfit: Misfit; readonly isCertain: boolean }
  /** Another cell decided by its law; that says nothing against it. */
  | { readonly kind: "law" }
  /** It would answer later. */
  | { readonly kind: "saturated" }
  /** It is not there now, for what may pass. */
  | { readonly kind: "transient" }
  /** It is there, and gives what is no answer. */
  | { readonly kind: "broken" };

export function classifyFailure(signs: FailureSigns): FailureClass {
  const words = [signs.code, signs.type].map((word) => word?.toLowerCase() ?? "");
  if (words.some((word) => word.startsWith("policy_"))) return { kind: "law" };
  const misfit = words.map((word) => misfitWords.get(word)).find((found) => found !== undefined);
  if (misfit) return { kind: "ours", misfit, isCertain: true };
  const code = words.find((word) => callersCodes.has(word)) ?? null;
  return byStatus(signs, words, code) ?? byWords(signs, words, code);
}

/** Null where the status settles nothing. */
function byStatus(signs: FailureSigns, words: readonly string[], code: string | null): FailureClass | null {
  const { status, type, message, isPage } = signs;
  const isAboutRequest = code !== null || isOfCaller(message);
  if (status === 401) return { kind: "ours", misfit: "key", isCertain: true };
  // "… or fewer max_tokens": it would answer a smaller request.
  if (status === 402)
    return { kind: "ours", misfit: "credit", isCertain: !/max_tokens/i.test(message ?? "") };
  if (status === 403) {
    if (isAboutRequest || isModeration(message)) return { kind: "caller", status: 400, code };
    // A firewall that dislikes one prompt says nothing of the others.
    return { kind: "ours", misfit: "key", isCertain: !isPage };
  }
  if (status === 404) {
    if (isAboutRequest || isUnsupported(message)) return { kind: "caller", status: 400, code };
    const misfit = /model/i.test(message ?? "") ? "model" : "route";
    // Else something that this request names may be what is not there.
    const isCertain =
      misfit === "model" || type !== "invalid_request_error" || /\burl\b/i.test(message ?? "");
    return { kind: "ours", misfit, isCertain };
  }
  if (status === 451) return { kind: "ours", misfit: "region", isCertain: false };
  if (status !== null && misfitStatuses.has(status))
    return { kind: "ours", misfit: "route", isCertain: true };
  if (status === 400 && isPage) return { kind: "ours", misfit: "route", isCertain: false };
  const isSaturated = status === 429 || status === 529 || words.some((word) => saturationWords.has(word));
  return isSaturated ? { kind: "saturated" } : null;
}

function byWords(
  { status, type, message }: FailureSigns,
  words: readonly string[],
  code: string | null,
): FailureClass {
  if (code !== null || isOfCaller(message)) return { kind: "caller", status: callerStatus(status), code };
  const isTransient = status !== null && transientStatuses.has(status);
  const isRefusal = status === null ? type === "invalid_request_error" : status < 500 && !isTransient;
  const misfit = misfitSentences.find(({ pattern }) => pattern.test(message ?? ""))?.misfit;
  if (misfit && (isRefusal || status === null)) return { kind: "ours", misfit, isCertain: false };
  if (isRefusal || words.includes("caller_invalid_request")) {
    return { kind: "caller", status: callerStatus(status), code: null };
  }
  return { kind: isTransient ? "transient" : "broken" };
}

function callerStatus(status: number | null): 400 | 413 | 422 {
  return status === 413 || status === 422 ? status : 400;
}

/** Of method, framing, host, protocol and headers, which are the same with every request that we send. */
const misfitStatuses: ReadonlySet<number> = new Set([405, 406, 407, 410, 411, 415, 421, 426, 431]);

/** Also 499, by which Cohere and Google say that a request was cancelled: not by us, who would not read it then. */
const transientStatuses: ReadonlySet<number> = new Set([408, 409, 424, 425, 499, 502, 503, 504]);

/** Codes by which clients and agents act, in the words of OpenAI, Azure, Groq and others; they reach the caller. */
const callersCodes: ReadonlySet<string> = new Set([
  "context_length_exceeded",
  "model_max_prompt_tokens_exceeded",
  "string_above_max_length",
  "array_above_max_length",
  "integer_above_max_value",
  "integer_below_min_value",
  "decimal_above_max_value",
  "decimal_below_min_value",
  "invalid_value",
  "invalid_type",
  "invalid_prompt",
  "invalid_function_parameters",
  "invalid_image",
  "invalid_image_url",
  "invalid_image_format",
  "invalid_base64_image",
  "image_too_large",
  "image_too_small",
  "image_parse_error",
  "image_content_policy_violation",
  "unsupported_image_media_type",
  "unsupported_parameter",
  "unsupported_value",
  "unknown_parameter",
  "missing_required_parameter",
  "content_filter",
  "content_policy_violation",
  "json_validate_failed",
  "tool_use_failed",
  "request_too_large",
]);

const misfitWords: ReadonlyMap<string, Misfit> = new Map<string, Misfit>([
  ["invalid_api_key", "key"],
  ["api_key_invalid", "key"],
  ["invalid_authentication", "key"],
  ["authentication_error", "key"],
  ["unauthenticated", "key"],
  ["account_deactivated", "key"],
  ["permission_denied", "key"],
  ["permission_error", "key"],
  ["caller_unauthenticated", "key"],
  ["insufficient_quota", "credit"],
  ["insufficient_balance", "credit"],
  ["insufficient_credits", "credit"],
  ["billing_error", "credit"],
  ["billing_not_active", "credit"],
  ["billing_hard_limit_reached", "credit"],
  ["model_not_found", "model"],
  ["model_decommissioned", "model"],
  ["deploymentnotfound", "model"],
  ["caller_unknown_model", "model"],
  ["caller_unknown_route", "route"],
  ["unknown_url", "route"],
  ["unsupported_country_region_territory", "region"],
]);

const saturationWords: ReadonlySet<string> = new Set([
  "rate_limit_exceeded",
  "rate_limit_error",
  "too_many_requests",
  "overloaded",
  "overloaded_error",
  "engine_overloaded",
  "model_overloaded",
  "resource_exhausted",
  "caller_rate_limited",
]);

/** INVARIANT: they begin the sentence, so that words of a request that an engine quotes are none of them. */
const misfitSentences: readonly { readonly pattern: RegExp; readonly misfit: Misfit }[] = [
  { pattern: /^(?:api key not valid|(?:incorrect|invalid) api key)/i, misfit: "key" },
  // LiteLLM's proxy without a database, of a key that it does not know. Its type for that is also the one of a 503.
  { pattern: /^no connected db\b/i, misfit: "key" },
  { pattern: /^(?:your )?credit balance/i, misfit: "credit" },
  // Google's door looks at where its caller's address lies.
  { pattern: /^user location is not supported\b/i, misfit: "region" },
  { pattern: /^insufficient (?:balance|credits?|funds|quota)/i, misfit: "credit" },
];

/** What engines say with a 500 of a request that none of them could answer. */
function isOfCaller(message: string | null): boolean {
  return callersSentences.some((pattern) => pattern.test(message ?? ""));
}

const callersSentences: readonly RegExp[] = [
  /\bcontext (?:length|size|window)\b/i,
  /\bprompt is too long\b/i,
  /^no such file object\b/i,
  /\b(?:image|audio|video|vision|multimodal)s? inputs? (?:is|are) not supported\b/i,
  /\bdoes not support (?:image|audio|video|vision|multimodal|tool)/i,
];

/** OpenRouter answers 403 for a prompt that was flagged. */
function isModeration(message: string | null): boolean {
  return /\b(?:flagged|moderation|content policy)\b/i.test(message ?? "");
}

/** OpenRouter answers 404 where no provider takes what the request holds. */
function isUnsupported(message: string | null): boolean {
  return /^no endpoints found (?:that|which) support/i.test(message ?? "");
}

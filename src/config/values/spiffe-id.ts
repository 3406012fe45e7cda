// SPIFFE IDs (SPIFFE-ID.md §2): who a workload is, as its client certificate says it.
import { fail, ok, type Result } from "../../base/index.ts";

const maxLength = 2048;

/** Of a trust domain, which is named as a host is (§2.1). */
export const trustDomainShape: RegExp = /^[a-z0-9._-]{1,255}$/;

export interface SpiffeId {
  /** As it was written: there is one spelling of each. */
  readonly text: string;
  readonly trustDomain: string;
}

/** With a path, as every workload's has one (X509-SVID.md §4.1); nothing is escaped, and no segment is `.` or `..` (§2.2). */
export function parseSpiffeId(text: string): Result<SpiffeId, string> {
  const [, trustDomain, path] = /^spiffe:\/\/([^/]*)(\/.*)?$/.exec(text) ?? [];
  if (text.length > maxLength || trustDomain === undefined) return fail("it is no SPIFFE ID");
  if (!trustDomainShape.test(trustDomain)) return fail("its trust domain is none");
  const segments = (path ?? "").split("/").slice(1);
  if (segments.length === 0 || !segments.every(isSegment)) return fail("its path is none of a workload");
  return ok({ text, trustDomain });
}

/** One ID, or with a slash at its end all those that begin so. */
export function parseSpiffePattern(text: string): Result<string, string> {
  const prefixed = parseSpiffeId(text.endsWith("/") ? `${text}x` : text);
  return prefixed.ok ? ok(text) : prefixed;
}

/** What may name an ID in a policy, or hold a pattern: itself, then what it begins with, the longest first. */
export function patternsOf(idOrPattern: string): readonly string[] {
  const patterns = [idOrPattern];
  const shortest = idOrPattern.indexOf("/", "spiffe://".length) + 1;
  for (let end = idOrPattern.length - 1; end >= shortest; end--)
    if (idOrPattern[end - 1] === "/") patterns.push(idOrPattern.slice(0, end));
  return patterns;
}

function isSegment(segment: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(segment) && segment !== "." && segment !== "..";
}

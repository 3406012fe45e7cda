import { fail, ok, parsePlace, type Place, type Result } from "../../base/index.ts";
import { claimed, type RequestClaims } from "../../config/index.ts";
import { contradictionIn, parseDataClass } from "./data-class.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { maxSignals } from "./signal-list.ts";
import type { VerifiedToken } from "../in-force/token-verifier.ts";

/**
 * What a token says of its request's subject. A claim that is there and cannot be read refuses the request, because
 * leaving it out would widen what is lawful. A claim that is not there says nothing.
 */
export function tokenClaims({ issuer: { claims }, payload }: VerifiedToken): RequestClaims {
  const read = <Value>(name: string | null, parse: Parse<Value>): readonly Value[] =>
    name === null || !Object.hasOwn(payload, name) ? [] : readClaim(name, payload[name], parse);
  const classes = read(claims.class, parseDataClass);
  const contradiction = contradictionIn(classes);
  if (contradiction !== null) throw invalidClaim(claims.class ?? "", contradiction);
  return {
    subjects: claimed(read(claims.place, readPlace), "jwt-claim"),
    citizenships: claimed(read(claims.citizenship, readPlace), "jwt-claim"),
    classes: claimed(classes, "jwt-claim"),
  };
}

type Parse<Value> = (text: string) => Result<Value, string>;

function readClaim<Value>(name: string, claim: unknown, parse: Parse<Value>): readonly Value[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  if (values.length === 0 || values.length > maxSignals) {
    throw invalidClaim(name, `expected a text, or a list of 1 to ${maxSignals}`);
  }
  return values.map((value) => {
    const parsed = typeof value === "string" ? parse(value) : fail("expected a text, or a list of texts");
    if (!parsed.ok) throw invalidClaim(name, parsed.error);
    return parsed.value;
  });
}

/** Does not repeat the text: whoever names the wrong claim in a policy may have named one that identifies a person. */
function readPlace(text: string): Result<Place, string> {
  const place = parsePlace(text);
  return place.ok ? ok(place.value) : fail("not a place; expected an ISO 3166 code like `DE` or `CA-QC`");
}

function invalidClaim(name: string, reason: string): GatewayError {
  return new GatewayError("caller_invalid_signal", `the token's claim \`${name}\`: ${reason}`, {
    param: name,
  });
}

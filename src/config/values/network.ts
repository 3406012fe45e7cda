import { fail, ok, type Result } from "../../base/index.ts";

/** A range of addresses (RFC 4632, RFC 4291 §2.3). */
export interface Network {
  readonly address: string;
  readonly prefixLength: number;
  readonly family: "ipv4" | "ipv6";
}

/** `10.0.0.0/8` or `fd00::/8`; a single address needs its `/32` or `/128`. */
export function parseNetwork(text: string): Result<Network, string> {
  const [, address = "", digits] = /^([0-9a-f.:]{2,39})\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIpv4(address) ? "ipv4" : isIpv6(address) ? "ipv6" : null;
  const prefixLength = Number(digits);
  if (family === null) return fail("write an address in lower case, `/` and a number of bits");
  const bits = family === "ipv4" ? 32 : 128;
  if (prefixLength > bits) return fail(`an ${family} address has ${bits} bits`);
  return ok({ address, prefixLength, family });
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 5952's form is not asked for, only an address that is one; without an IPv4 tail. */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const isWhole = halves.length === 2 ? groups.length < 8 : groups.length === 8;
  return isWhole && groups.every((group) => /^[0-9a-f]{1,4}$/.test(group));
}

import { isObject } from "../../base/index.ts";

/**
 * The name that Google gave to one call, of which its headers have none. It goes into records, so it is random text (RFC 4648
 * §5) or nothing.
 */
export function responseIdIn(body: unknown): string | null {
  const stated = isObject(body) ? body["responseId"] : null;
  return typeof stated === "string" && random.test(stated) ? stated : null;
}

/** All three kinds of characters stand in twenty that fell by chance; hardly in words. */
const random = /^(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z_-]{20,64}$/;

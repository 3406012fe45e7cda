/**
 * The name that a provider gave to one call, from the first of `names` that the answer has. It goes into records, so
 * it is what programs make for ids, or nothing: a header can say anything, words of a caller's too.
 */
export function readCallId(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): string | null {
  for (const name of names) {
    const stated = headers[name];
    if (stated !== undefined) return uuid.test(stated) || random.test(stated) ? stated : null;
  }
  return null;
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** `req_011CTk…`, `req_vrtx_011CTk…`, `chatcmpl-9f2c…`, a ULID, a trace id: one run of letters and digits, long, and with digits among them. */
const random = /^(?:[a-z]{2,12}[_-]){0,2}(?=[0-9A-Za-z]*[0-9][0-9A-Za-z]*[0-9])[0-9A-Za-z]{16,64}$/;

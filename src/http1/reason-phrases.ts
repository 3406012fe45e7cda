/**
 * What a status is called (RFC 9110 §15), by its number. Not by an import: a module that imports `node:http` reads each name that
 * it exports, and that of its WebSocket loads all of fetch: a tenth of a start's processor time, and 2 MiB.
 */
export const reasonPhrases: Readonly<Record<number, string | undefined>> =
  process.getBuiltinModule("node:http").STATUS_CODES;

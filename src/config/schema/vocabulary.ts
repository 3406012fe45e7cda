// The words that policies, packs and cell files are made of. Each reads text into a value of the domain and says, as
// its message, what would have been right: check-shape.ts prints that as `expected`.
import {
  exclusionOf,
  fail,
  includesPlace,
  type InstantMs,
  ok,
  parseInstant,
  parsePlace,
  type PlaceSet,
  type Result,
  unionOf,
  zones,
} from "../../base/index.ts";
import { dataClasses } from "../../law/index.ts";
import { z } from "zod";
import { parseHybridCondition } from "../values/hybrid-condition.ts";
import type { ListenAddress } from "../values/cell-file.ts";
import { parseNetwork } from "../values/network.ts";
import type { SecretReference } from "../values/policy.ts";
import { parseSpiffePattern, trustDomainShape } from "../values/spiffe-id.ts";

/** Names as DNS labels are: they become parts of URLs, log origins and metric labels. Never an API key. */
export const name = text(
  "a name of lower-case letters, digits and `-`",
  /^(?!sk-)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
).meta({ title: "name" });

export const labelWords = "a text of up to 200 printable characters";

/** What other people's systems are called by: models, documents. `?` alone is what nobody has said yet (docs/import.md). */
export const label = text(labelWords, /^(?!sk-|\?$)[\p{L}\p{N}\p{P}\p{S} ]{1,200}$/u).meta({ title: "text" });

export const modelAlias = text(
  "a model name of letters, digits, `.`, `_`, `:`, `/` and `-`",
  /^(?!sk-)[A-Za-z0-9][\w.:/-]{0,127}$/,
).meta({ title: "model name" });

/** The schemeless URL that C2SP's tlog-checkpoint asks of an origin, cut down to a host name. */
export const deployment = text(
  "a name in lower case such as `acme.example`",
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
).meta({ title: "host name" });

const regionWords = "a region such as `eu`, or with its scope such as `eu-central-2/eu`";

/** A provider's label for where it shall compute; what follows the `/` says how far it may spread from there. */
export const regionLabel = text(regionWords, /^[a-z0-9][a-z0-9-]{0,62}(\/[a-z0-9][a-z0-9-]{0,62})?$/).meta({
  title: "region",
});

const hostWords = "a host such as `eu.api.example`, or `*.api.example`";
export const hostPattern = text(hostWords, /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/).meta({ title: "host" });

const placeWords = "a place such as `DE`, `CA-QC` or `AE+DIFC`";
const zoneWords = "a place, or one of the zones `EU` and `EEA`, with parts left out like `AE !AE+DIFC`";
const dateWords = "a date such as `2027-05-13`, or an instant with its offset";

export const place = read(placeWords, parsePlace).meta({ title: "place" });

export const places = oneOrMany(place, `${placeWords}, or a list of places`).meta({
  title: "place, or list of places",
});

export const instant = read(dateWords, parseDate).meta({ title: "date" });

/** Places under the name that their author gave them, for messages. */
export interface Zone {
  readonly name: string;
  readonly places: PlaceSet;
}

export const zone = oneOrMany(read(zoneWords, parseZone), `${zoneWords}, or a list of them`)
  .transform((parts): Zone => ({
    name: parts.map((part) => part.name).join(", "),
    places: unionOf(parts.map((part) => part.places)),
  }))
  .meta({ title: "zone" });

export const classes = oneOrMany(
  z.enum(dataClasses),
  `a data class (${dataClasses.join(", ")}), or a list of them`,
).meta({ title: "data class, or list of data classes" });

/** Words that packs read and policies say: statuses, purposes. */
export const words = oneOrMany(name, "a name, or a list of them").meta({ title: "name, or list of names" });

export const secretReference = read(
  "a reference to the secret: `${env:NAME}` or `${file:PATH}`",
  parseSecretReference,
).meta({ title: "`${env:NAME}` or `${file:PATH}`" });

export const sha256Hex = text("the SHA-256 of an API key, 64 lower-case hex digits", /^[0-9a-f]{64}$/).meta({
  title: "64 hex digits",
});

export const spiffePattern = read(
  "a SPIFFE ID such as `spiffe://acme.example/search/prod`, or with `/` at its end all that begin so",
  parseSpiffePattern,
).meta({ title: "SPIFFE ID" });

export const trustDomain = text("a trust domain such as `acme.example`", trustDomainShape).meta({
  title: "trust domain",
});

/** C2SP signed-note, "Verifier keys": a name, 8 hex digits, and 33 bytes in base64. */
export const verifierKey = text(
  "a verifier key such as `acme.example/legal+0123abcd+AQ…`",
  /^[!-*,-~]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/,
).meta({ title: "verifier key" });

export const hybridCondition = read(
  'a condition in CEL, such as `"health" in classes`',
  parseHybridCondition,
).meta({ title: "CEL condition" });

/** Neither credentials nor a query: those would be secrets in a file that is none. */
export const url = text(
  "a URL such as `https://llm.acme.example`, without credentials, query, or slash at its end",
  /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[1-9]\d{0,4})?(\/[\w.~-]+)*$/,
).meta({ title: "URL" });

/** In the clear only to this machine: whoever is on the way could put keys of their own in. */
export const keySetUrl = text(
  "an `https` URL such as `https://idp.acme.example/jwks.json`, without credentials, query, or slash at its end",
  /^(https:\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)|http:\/\/(localhost|127\.0\.0\.1|\[::1\]))(:[1-9]\d{0,4})?(\/[\w.~-]+)*$/,
).meta({ title: "URL" });

export const origin = text(
  "an origin such as `https://app.acme.example`: scheme, host and port alone, in lower case",
  /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[1-9]\d{0,4})?$/,
).meta({ title: "origin" });

export const webAddress = text(
  "a web address such as `https://eur-lex.europa.eu/…`",
  /^https:\/\/[\x21-\x7e]{1,500}$/,
).meta({ title: "URL" });

export const filePath = text("a path", /^[^\p{Cc}]{1,4096}$/u).meta({ title: "path" });

/** As S3-compatible services have them. */
export const bucketName = text(
  "a bucket's name of lower-case letters, digits, `.` and `-`",
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
).meta({ title: "bucket" });

export const keyPrefix = text(
  "a prefix such as `cells/`, of letters, digits, `.`, `_`, `-` and `/`, empty or with a slash at its end",
  /^(?!\/)([\w.-]+\/)*$/,
).meta({ title: "prefix" });

export const address = read<ListenAddress>(
  "an address such as `127.0.0.1:8080` or `[::1]:8080`",
  parseAddress,
).meta({ title: "`host:port`" });

export const network = read("a range of addresses such as `10.0.0.0/8` or `fd00::/8`", parseNetwork).meta({
  title: "`address/bits`",
});

/** Since and until when something holds; a law's own word for its first day is `since` too. */
export const validity = {
  since: instant.optional().describe("From when it holds; always, if left out."),
  until: instant.optional().describe("When it stops to hold; never, if left out."),
};

export function count(least: number, most: number) {
  const words = `a whole number from ${least} to ${most}`;
  return z.int({ error: words }).min(least, { error: words }).max(most, { error: words });
}

/** A date in a pack: a day of the law's own calendar, or one moment. */
export interface LawMoment {
  /** Of a day: midnight UTC, before anybody says where the day begins. */
  readonly atMs: InstantMs;
  readonly isDay: boolean;
}

const lawMoment = read(dateWords, parseLawMoment).meta({ title: "date" });

/** As {@link validity}, of a law: its days begin at its own midnight. */
export const lawPeriod = {
  since: lawMoment
    .optional()
    .describe("From when it holds, a day from the law's own midnight; always, if left out."),
  until: lawMoment
    .optional()
    .describe("When it stops to hold, a day at the law's own midnight; never, if left out."),
};

/** A period of whole days (ISO 8601), as a number of them. */
export const days = read("a period of days such as `P30D`", parseDays).meta({
  title: "period such as `P30D`",
});

export function oneOrMany<Item extends z.ZodType>(item: Item, expected: string) {
  const many = z.array(item).min(1, { error: expected });
  return z
    .union([item, many], { error: expected })
    .transform((value): readonly z.output<Item>[] => (Array.isArray(value) ? value : [value]));
}

export function text(expected: string, pattern: RegExp) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

function read<Value>(expected: string, parse: (text: string) => Result<Value, string>) {
  return z.string({ error: expected }).transform((text, context): Value => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: "custom", message: expected, input: text, params: { hint: parsed.error } });
    return z.NEVER;
  });
}

const maxDays = 3650;

function parseDays(text: string): Result<number, string> {
  const days = Number(/^P([1-9]\d{0,3})D$/.exec(text)?.[1]);
  if (Number.isNaN(days)) return fail("write whole days: months and years have no fixed length");
  return days <= maxDays ? ok(days) : fail(`\`P${maxDays}D\` is the longest`);
}

function parseDate(text: string): Result<InstantMs, string> {
  const parsed = parseInstant(text);
  if (parsed.ok) return parsed;
  const isLocal = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?$/.test(text);
  return fail(
    isLocal ? "add the offset from UTC: `Z` or `+02:00`" : "write a day of the calendar as year-month-day",
  );
}

function parseLawMoment(text: string): Result<LawMoment, string> {
  const parsed = parseDate(text);
  return parsed.ok ? ok({ atMs: parsed.value, isDay: /^\d{4}-\d{2}-\d{2}$/.test(text) }) : parsed;
}

/** `AE !AE+DIFC !AE+ADGM`: one text, because a YAML value that begins with `!` would be a tag. */
function parseZone(text: string): Result<Zone, string> {
  const [whole = "", ...parts] = text.split(" ");
  const zone = parseWhole(whole);
  if (!zone.ok || parts.length === 0) return zone;
  const left = new Set(zone.value.places);
  for (const part of parts) {
    const excluded = part.startsWith("!")
      ? parsePlace(part.slice(1))
      : fail(`write \`!\` before \`${part}\``);
    if (!excluded.ok) return excluded;
    if (part === `!${whole}` || !includesPlace(zone.value.places, excluded.value)) {
      return fail(`\`${excluded.value}\` is no part of \`${whole}\``);
    }
    // A country of a zone is taken out of it; a part of a country has to be named as left out.
    if (!left.delete(excluded.value)) left.add(exclusionOf(excluded.value));
  }
  return ok({ name: text, places: left });
}

function parseWhole(text: string): Result<Zone, string> {
  const named = zones.get(text);
  if (named) return ok({ name: text, places: named });
  const upper = text.toUpperCase();
  if (zones.has(upper)) return fail(`zones are written in upper case: \`${upper}\``);
  const single = parsePlace(text);
  return single.ok ? ok({ name: text, places: new Set([single.value]) }) : single;
}

/** INVARIANT: the failure does not repeat the text, which may be the secret itself. */
function parseSecretReference(text: string): Result<SecretReference, string> {
  const environment = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1];
  if (environment !== undefined) return ok({ kind: "env", name: environment });
  const path = /^\$\{file:([^\p{Cc}}]+)\}$/u.exec(text)?.[1];
  if (path !== undefined) return ok({ kind: "file", path });
  return fail(
    "a policy holds no secrets: put it into an environment variable or a file of the cell's machine",
  );
}

/** Port 0 lets the system choose. */
function parseAddress(text: string): Result<ListenAddress, string> {
  const match = /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) return fail("write host and port, IPv6 in brackets");
  return ok({ host, port });
}

import type { ForeignEndpoint } from "./foreign-gateway.ts";
import type { ForeignValue } from "./foreign-mapping.ts";

interface Called extends Pick<ForeignEndpoint, "engine"> {
  readonly url: ForeignValue;
  readonly region: ForeignValue | null;
  /** Azure's `api-version`. */
  readonly version: ForeignValue | null;
  /** Its address had a user or a query, which are left out. */
  readonly heldMore: boolean;
}

/** The endpoints of one foreign file: what is called alike, with one key, is one. Owner: the reader of the file. */
export class ForeignEndpoints {
  readonly #byCall = new Map<string, ForeignEndpoint>();
  readonly #names = new Set<string>();

  get all(): readonly ForeignEndpoint[] {
    return Array.from(this.#byCall.values());
  }

  /** `key`: null where the file has none. Returns the endpoint's name. */
  add(words: readonly string[], called: Called, key: ForeignValue | null): string {
    const { engine, url, region, version, heldMore } = called;
    const call = JSON.stringify([engine, url, region, version, heldMore, key]);
    const known = this.#byCall.get(call);
    if (known) return known.name;
    const name = this.#nameOf(words);
    // Amazon's key is of two parts, which are one value here, and Google's a file's text: no variable of the file's holds either.
    const variable = engine === "bedrock" || engine === "vertex" ? null : key?.variable;
    this.#byCall.set(call, {
      name,
      engine,
      url: writtenIn(url),
      region: writtenIn(region),
      query: queryOf(version),
      keyVariable: key === null ? null : (variable ?? variableFor(name)),
      remarks: [
        ...(key?.variable === null && !isPath(engine, key) ? [keyInFile] : []),
        ...(heldMore ? [keyInAddress] : []),
        ...remarksOn(engine, key !== null),
        ...fromEnvironment({ address: url, region, "api-version": version }),
      ],
    });
    return name;
  }

  #nameOf(words: readonly string[]): string {
    const base = slug(words.join("-")) || "endpoint";
    let name = base;
    for (let number = 2; this.#names.has(name); number++) name = `${base}-${number}`;
    this.#names.add(name);
    return name;
  }
}

/** A policy takes secrets from the environment, and nothing that is decided on. */
function writtenIn(value: ForeignValue | null): string | null {
  return value?.variable === null ? value.text : null;
}

function queryOf(version: ForeignValue | null): ForeignEndpoint["query"] {
  if (version === null) return {};
  return version.variable === null ? { "api-version": version.text } : null;
}

function fromEnvironment(values: Readonly<Record<string, ForeignValue | null>>): readonly string[] {
  return Object.entries(values).flatMap(([what, value]) =>
    value === null || value.variable === null
      ? []
      : [`its ${what} came from the variable ${value.variable}: write it here`],
  );
}

const keyInFile = "its key stood in the file itself: make a new one, and put it into that variable";

/** Also what is told of the entry. */
export const keyInAddress =
  "its address had a user or a query, which is left out: if it was a key, make a new one, and write it as `key`";

const signingKey =
  "its key is one of Bedrock's, or `access key id:secret access key`, as one value of that variable";

const credentialFile = "its key is the text of a service account's key file; `${file:PATH}` reads one";

const ownIdentity = "it is called as the machine's own identity, since no key was named";

function remarksOn(engine: Called["engine"], hasKey: boolean): readonly string[] {
  if (engine === "bedrock") return [signingKey];
  if (engine === "vertex") return [hasKey ? credentialFile : ownIdentity];
  return [];
}

/** Of a key file, which stays where it is. */
function isPath(engine: Called["engine"], { text }: ForeignValue): boolean {
  return engine === "vertex" && !text.startsWith("{");
}

/** As DNS labels are, and short enough for a number behind it. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 56)
    .replace(/-+$/, "");
}

/** For a key that stood in the file itself: no policy holds secrets. */
function variableFor(endpoint: string): string {
  return `${endpoint.toUpperCase().replaceAll("-", "_")}_KEY`;
}

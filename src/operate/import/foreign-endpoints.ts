import type { ForeignEndpoint } from "./foreign-gateway.ts";

type Called = Pick<ForeignEndpoint, "engine" | "url" | "region" | "query">;

/** The endpoints of one foreign file: what is called alike, with one key, is one. Owner: the reader of the file. */
export class ForeignEndpoints {
  readonly #byCall = new Map<string, ForeignEndpoint>();
  readonly #names = new Set<string>();

  get all(): readonly ForeignEndpoint[] {
    return Array.from(this.#byCall.values());
  }

  /** `key`: as the file has it; null where it has none. `variable`: the one that it names. Returns the endpoint's name. */
  add(words: readonly string[], called: Called, { key, variable }: ForeignKey): string {
    const call = JSON.stringify([called, key]);
    const known = this.#byCall.get(call);
    if (known) return known.name;
    const name = this.#nameOf(words);
    const isInFile = key !== null && variable === null;
    this.#byCall.set(call, {
      ...called,
      name,
      keyVariable: key === null ? null : (variable ?? variableFor(name)),
      remarks: [...(isInFile ? [keyInFile] : []), ...(called.engine === "bedrock" ? [signingKey] : [])],
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

interface ForeignKey {
  readonly key: string | null;
  readonly variable: string | null;
}

const keyInFile = "its key stood in the file itself: make a new one, and put it into that variable";

const signingKey =
  "its key is one of Bedrock's, or `access key id:secret access key`, as one value of that variable";

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

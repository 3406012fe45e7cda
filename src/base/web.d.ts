// The only names from the web platform that pure rooms may use. Pure rooms compile with `types: []`, so whatever
// is not declared here (fetch, process, setTimeout, crypto…) does not exist for them. Node and browsers have both.

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: "utf-8", options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array, options?: { stream?: boolean }): string;
}

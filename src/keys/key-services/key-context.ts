import { canonicalJson, encodeUtf8 } from "../../base/index.ts";
import type { KeyContext } from "./key-service.ts";

/** RFC 8785, so that a context has one spelling; for services that take bytes as additional authenticated data. */
export function contextBytes({ deployment, cell, kind, handle }: KeyContext): Uint8Array<ArrayBuffer> {
  return encodeUtf8(canonicalJson({ deployment, cell, kind, handle }));
}

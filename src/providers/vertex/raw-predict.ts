// Anthropic's dialect through `rawPredict`: the model is in the path, and the version in the body
// (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai).
import { encodeUtf8 } from "../../base/index.ts";
import { scanJsonObject } from "../../wire/index.ts";

const left = ["model", "anthropic_version"];

/** Every other member's bytes as they came: signed thinking stays signed. */
export function rawPredictBody(body: Uint8Array): readonly Uint8Array[] {
  const members = scanJsonObject(body, { maxValues: Infinity, maxNames: Infinity });
  if (!members.ok) throw new TypeError("a body that is no JSON object was given to an engine");
  const parts: Uint8Array[] = [encodeUtf8('{"anthropic_version":"vertex-2023-10-16"')];
  for (const [name, { start, end }] of members.value)
    if (!left.includes(name)) parts.push(encodeUtf8(`,${JSON.stringify(name)}:`), body.subarray(start, end));
  return [...parts, encodeUtf8("}")];
}

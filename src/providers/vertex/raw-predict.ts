// Anthropic's dialect through `rawPredict`: the model is in the path, and the version in the body
// (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai).
import { beginningWith } from "../json-body.ts";

export function rawPredictBody(body: Uint8Array): readonly Uint8Array[] {
  return beginningWith('"anthropic_version":"vertex-2023-10-16"', body, ["model", "anthropic_version"]);
}

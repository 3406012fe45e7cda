// Whether OpenAI keeps a chat. New accounts have it kept unless the request says no
// (developers.openai.com/api/docs/guides/migrate-to-responses), and a caller who is silent has not asked for that.
import { decodeUtf8 } from "../../base/index.ts";
import { edited } from "../../wire/index.ts";
import { firstMember, membersIn } from "../json-body.ts";

/** INVARIANT: what leaves says `store`. Whoever says yes to it has been refused before, or the model `allows` it. */
export function withStoreSaid(body: Uint8Array): readonly Uint8Array[] {
  const members = membersIn(body);
  const span = members.get("store");
  if (!span) return edited(body, [firstMember(body, '"store":false', members.size)]);
  const isSilence = decodeUtf8(body.subarray(span.start, span.end)) === "null";
  return isSilence ? edited(body, [{ span, text: "false" }]) : [body];
}

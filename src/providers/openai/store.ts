// Whether OpenAI keeps a chat. New accounts have it kept unless the request says no
// (developers.openai.com/api/docs/guides/migrate-to-responses), and a caller who is silent has not asked for that.
import { withMemberSaid } from "../json-body.ts";

/** INVARIANT: what leaves says `store`. Whoever says yes to it has been refused before, or the model `allows` it. */
export function withStoreSaid(body: Uint8Array): readonly Uint8Array[] {
  return withMemberSaid(body, "store", (asked) => asked ?? "false");
}

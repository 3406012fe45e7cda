// What a caller hears of a session that neither end has ended.
import { NotPermittedError } from "../../providers/index.ts";
import { OvertakenError } from "../dispatch/present-law.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { OpenAttempt } from "../exchange/open-attempt.ts";
import type { WhyOver } from "../shared/caller-sessions.ts";

const reasons: Readonly<Record<WhyOver | "age" | "credential" | "month", string>> = {
  quarantine: "its endpoint is in quarantine",
  erasure: "the keys of its subject are erased",
  reload: "the policy that it began by is another one now",
  age: "it was as long as a session may be",
  month: "the month has ended whose log it is recorded in",
  credential: "the key or token that it began with has expired",
};

export function overBy(why: keyof typeof reasons): GatewayError {
  return new GatewayError("gateway_session_over", `the session is over: ${reasons[why]}; connect again`);
}

/** The law took back what it had allowed: not a word more goes to the engine. */
export function toldAs(error: unknown, attempt: OpenAttempt): unknown {
  if (!(error instanceof OvertakenError) && !(error instanceof NotPermittedError)) return error;
  attempt.noteFailure("overtaken");
  return new GatewayError(
    "policy_overtaken",
    "the session is over: the law changed, or its permit has run out; connect again to be decided by what stands now",
  );
}

import { limits } from "../lawful-sets.ts";
import type { LoggedEvent } from "../journal.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** What an engine is blamed for by what it sent. That it is late or silent may be the machine's doing. */
const byItsAnswer: ReadonlySet<unknown> = new Set(["status", "error", "garbage", "broken"]);

/** So long ago an engine may have begun the answer that failed. */
const mostAgeMs = limits.headersTimeoutMs + limits.deadlineMs + limits.idleTimeoutMs;

/** Else circuits open, and alarms ring, for what only the tool's own engines do wrong. */
export function judgeEngines({ journal }: Seen): Verdict {
  const failed = journal.logged.filter(
    ({ event, fields }) => event === "attempt_failed" && byItsAnswer.has(fields["failure"]),
  );
  const wasIll = ({ fields, atMs }: LoggedEvent): boolean =>
    journal.illnesses.some(
      (each) => each.engine === fields["endpoint"] && each.fromMs <= atMs && each.toMs >= atMs - mostAgeMs,
    );
  const well = failed.filter((each) => !wasIll(each));
  return verdict(
    "no answer of a well engine is taken for a failure",
    { failedWhileIll: failed.length - well.length, failedWhileWell: well.length },
    well.map(
      ({ fields }) =>
        `request ${String(fields["request"])}: \`${String(fields["endpoint"])}\` was well, and failed by \`${String(fields["failure"])}\``,
    ),
  );
}

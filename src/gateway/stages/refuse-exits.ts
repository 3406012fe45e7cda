import type { Model } from "../../config/index.ts";
import type { Exit, ExitKind, RequestView } from "../../wire/index.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

const doings: Readonly<Record<ExitKind, string>> = {
  moves: "would send the request on or fetch for it",
  keeps: "would have it kept",
  chooses: "would choose who computes it",
};

/**
 * Refuses what would leave the place that the permit is for: the law was decided without it. A model's policy may allow a
 * member by its name. Nothing has been sent, and nothing is dropped in silence.
 */
export function refuseExits(view: RequestView, model: Model): void {
  const error = exitError(view.exits, model);
  if (error) throw error;
}

/** The error for the first that the policy does not allow; null where it allows all. */
export function exitError(exits: readonly Exit[], { alias, allows }: Model): GatewayError | null {
  const exit = exits.find(({ name }) => !allows.has(name));
  if (!exit) return null;
  const { member, name, does } = exit;
  return new GatewayError(
    "caller_invalid_request",
    `\`${member}\` ${doings[does]}, past what was decided; leave it out, or have \`${name}\` allowed for \`${alias}\``,
    { param: member },
  );
}

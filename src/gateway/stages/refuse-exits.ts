import type { Model } from "../../config/index.ts";
import type { ExitKind, RequestView } from "../../wire/index.ts";
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
export function refuseExits(view: RequestView, { alias, allows }: Model): void {
  const exit = view.exits.find(({ name }) => !allows.has(name));
  if (!exit) return;
  const { member, name, does } = exit;
  throw new GatewayError(
    "caller_invalid_request",
    `\`${member}\` ${doings[does]}, past what was decided; leave it out, or have \`${name}\` allowed for \`${alias}\``,
    { param: member },
  );
}

// What the control thread says of a policy that was taken up, or was not.
import { encodeUtf8 } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import type { PolicyRefusal } from "../exchange/thread-services.ts";
import { type HeldEvent, lawUnder } from "../in-force/held-events.ts";
import type { ControlServices } from "./control-services.ts";

/**
 * Resolves when the log names the policy, with the legal events that stand, and the texts that it pins lie beside the
 * log: decisions may name it from then on. If we crash here, a policy is on record that decided nothing.
 */
export async function recordPolicy(
  ledger: ControlServices["ledger"],
  { law, texts }: Policy,
  held: readonly HeldEvent[],
): Promise<void> {
  const { hash } = lawUnder(law, held);
  await ledger.enactPolicy({
    hash,
    texts: texts.map(({ name, text }) => ({ name, bytes: encodeUtf8(text) })),
  });
}

/** Every gateway thread has it in force. */
export function notePolicy(cell: ControlServices, policy: Policy): void {
  cell.filed.policy = policy;
  noteRefusal(cell, null);
  cell.log({ event: "policy_loaded", cell: cell.cell, policy: policy.law.hash });
}

/** The last good policy stays. */
export function notePolicyRefused(cell: ControlServices, refusal: PolicyRefusal): void {
  noteRefusal(cell, refusal);
  cell.log({ event: "policy_refused", cell: cell.cell, refusal });
}

function noteRefusal(cell: ControlServices, policyRefusal: PolicyRefusal | null): void {
  cell.life.standing = { ...cell.life.standing, policyRefusal };
  cell.gateways.tell(cell.life.standing);
  cell.meters.policyRefused(policyRefusal !== null);
}

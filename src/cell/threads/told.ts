// Owner: the control thread. What gateway threads of their own ask for, answered from what the cell has once.
import { unreachable } from "../../base/index.ts";
import { type KeyLender, KeyRefusedError, KeysUnavailableError } from "../../keys/index.ts";
import type { WitnessAnswers } from "../../gateway/index.ts";
import { WitnessUnavailableError } from "../../store/index.ts";
import type { Ask, Told } from "./thread-messages.ts";

export interface AskedParts {
  readonly lender: KeyLender;
  readonly witness: WitnessAnswers | null;
  /** A defect. */
  readonly complain: (thrown: unknown) => void;
}

/** Never rejects. */
export async function tell(parts: AskedParts, ask: Ask): Promise<Told> {
  try {
    return await answer(parts, ask);
  } catch (error) {
    const isUnavailable =
      error instanceof KeysUnavailableError ||
      error instanceof KeyRefusedError ||
      error instanceof WitnessUnavailableError;
    if (isUnavailable) return { kind: "unavailable", reason: error.message };
    parts.complain(error);
    return { kind: "broken" };
  }
}

async function answer({ lender, witness }: AskedParts, ask: Ask): Promise<Told> {
  switch (ask.kind) {
    case "key":
      return { kind: "key", secret: await lender.keyAt(ask.place, ask.isMade) };
    case "newest":
      return { kind: "checkpoint", note: (await witness?.newest(ask.hash)) ?? null };
    case "addCheckpoint":
    case "addLog":
      if (witness === null) throw new TypeError("this cell is no witness");
      return { kind: "reply", reply: await witness[ask.kind](ask.body) };
    default:
      return unreachable(ask);
  }
}

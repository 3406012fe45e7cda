// Owner: a gateway thread of its own. What it asks the control thread for, and waits for.
import { KeysUnavailableError, type SubjectPlace, type SubjectSecret } from "../../keys/index.ts";
import type { WitnessAnswers } from "../../gateway/index.ts";
import { WitnessUnavailableError } from "../../store/index.ts";
import type { Ask, GatewayPort, Told } from "./thread-messages.ts";

export class Questions {
  readonly #port: Pick<GatewayPort, "send">;
  readonly #waiting = new Map<number, PromiseWithResolvers<Told>>();
  #askCount = 0;

  constructor(port: Pick<GatewayPort, "send">) {
    this.#port = port;
  }

  hear(id: number, told: Told): void {
    this.#waiting.get(id)?.resolve(told);
    this.#waiting.delete(id);
  }

  /** As `KeyLender.keyAt`. Who waits no longer than a request may, gives up by himself. */
  async keyAt(place: SubjectPlace, isMade: boolean): Promise<SubjectSecret | null> {
    const told = await this.#ask({ kind: "key", place, isMade });
    if (told.kind === "unavailable") throw new KeysUnavailableError("of the cell", told.reason);
    if (told.kind !== "key") throw unexpected(told);
    return told.secret;
  }

  get witness(): WitnessAnswers {
    const submit =
      (kind: "addCheckpoint" | "addLog"): WitnessAnswers["addLog"] =>
      async (body) => {
        const told = await this.#ask({ kind, body });
        if (told.kind === "unavailable") throw new WitnessUnavailableError(told.reason);
        if (told.kind !== "reply") throw unexpected(told);
        return told.reply;
      };
    return {
      addCheckpoint: submit("addCheckpoint"),
      addLog: submit("addLog"),
      newest: async (hash) => {
        const told = await this.#ask({ kind: "newest", hash });
        if (told.kind !== "checkpoint") throw unexpected(told);
        return told.note;
      },
    };
  }

  #ask(ask: Ask): Promise<Told> {
    const id = this.#askCount++;
    const waiting = Promise.withResolvers<Told>();
    this.#waiting.set(id, waiting);
    this.#port.send({ kind: "ask", id, ask });
    return waiting.promise;
  }
}

function unexpected({ kind }: Told): Error {
  return new Error(`the control thread answered with \`${kind}\``);
}

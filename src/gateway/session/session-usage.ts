import type { EngineEvent, TokenUsage } from "../../wire/index.ts";

/** What the responses of one session have used together. Owner: the session. */
export class SessionUsage {
  /** Begun, and not over. */
  #underWay = 0;
  /** Asked for by the caller; an engine begins others by itself, and may refuse one. */
  #asked = 0;
  #begun = 0;
  #isUnknown = false;
  #sum: TokenUsage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };

  note({ response, usage }: EngineEvent): void {
    if (response === "begun") {
      this.#underWay++;
      this.#begun++;
    }
    if (response === "over") this.#underWay--;
    if (usage === "unknown") this.#isUnknown = true;
    else if (usage !== null) this.#sum = plus(this.#sum, usage);
  }

  noteAsked(): void {
    this.#asked++;
  }

  /** Null where a part of it is not known: a response may have been asked for and never told of. */
  get total(): TokenUsage | null {
    const isOpen = this.#underWay !== 0 || this.#begun < this.#asked;
    return this.#isUnknown || isOpen ? null : this.#sum;
  }
}

function plus(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    promptTokens: left.promptTokens + right.promptTokens,
    completionTokens: left.completionTokens + right.completionTokens,
    cachedTokens: (left.cachedTokens ?? 0) + (right.cachedTokens ?? 0),
  };
}

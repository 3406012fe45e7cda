// Owner: each gateway thread. Sessions last for long: what would not disturb an answer that has begun ends one.
import type { EndpointId } from "../../base/index.ts";

/** Why a session is over though neither of its ends wants that. */
export type WhyOver =
  /** Its endpoint has answered from elsewhere. */
  | "quarantine"
  /** The keys of its subject are erased. */
  | "erasure"
  /** A policy came by which it would have begun otherwise, or not at all. */
  | "reload";

export interface CallerSession {
  readonly endpoint: EndpointId;
  /** The handle of the key that it is recorded under. */
  readonly subject: string;
  /** Whether it would have begun as it did by the policy of now. */
  stands(): boolean;
  end(why: WhyOver): void;
  /** This process is ending: the caller should, too. */
  tellDraining(): void;
}

export class CallerSessions {
  readonly #open = new Set<CallerSession>();

  /** Until the function that is returned is called. */
  add(session: CallerSession): () => void {
    this.#open.add(session);
    return () => void this.#open.delete(session);
  }

  endAt(endpoint: EndpointId): void {
    this.#end("quarantine", (session) => session.endpoint === endpoint);
  }

  endOf(subject: string): void {
    this.#end("erasure", (session) => session.subject === subject);
  }

  /** After a reload. */
  judgeAnew(): void {
    this.#end("reload", (session) => !session.stands());
  }

  drain(): void {
    for (const session of this.#open) session.tellDraining();
  }

  #end(why: WhyOver, isOver: (session: CallerSession) => boolean): void {
    for (const session of Array.from(this.#open)) if (isOver(session)) session.end(why);
  }
}

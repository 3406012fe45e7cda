// What a stream of bytes is read as.

export interface ReadMessage {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  /** Latin-1. */
  readonly body: string;
}

export interface Reading {
  /** Those that are whole, up to the first after which nothing may follow. */
  readonly messages: readonly ReadMessage[];
  /** Why what comes next is no message; null where nothing comes next, or nothing may. */
  readonly refusal: string | null;
  /** Nothing may follow on the last one. */
  readonly isOver: boolean;
}

/** In both readers, of one head. Small, so that it is met. */
export const maxHeaderBytes = 400;

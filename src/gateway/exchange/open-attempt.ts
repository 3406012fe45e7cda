// What one endpoint was asked and what it showed (docs/decisions/0030). It is noted in its decision before anything is
// sent, so that the outcome names it whatever happens next; nothing else of the request is written by an attempt.
import type { InstantMs, Place } from "../../base/index.ts";
import type { PermittedEndpoint } from "../../law/index.ts";
import type { AttemptRecord } from "../../ledger/index.ts";
import { type Evidence, noEvidence } from "../../providers/index.ts";
import type { TokenUsage } from "../../wire/index.ts";

interface AttemptOptions {
  readonly endpoint: PermittedEndpoint;
  /** The engine's name for the model; null where the ledger does not take it. */
  readonly model: string | null;
}

export class OpenAttempt {
  readonly endpoint: PermittedEndpoint;
  readonly #model: string | null;
  #isSent = false;
  #evidence: Evidence | null = null;
  #observedAtMs: InstantMs | null = null;
  #usage: TokenUsage | null = null;
  #failure: string | null = null;
  #identity: string | null = null;

  constructor({ endpoint, model }: AttemptOptions) {
    this.endpoint = endpoint;
    this.#model = model;
  }

  /** In the same turn of the event loop as the write of the first byte, and before it. */
  noteSent(): void {
    this.#isSent = true;
  }

  /**
   * What says nothing takes nothing back: a stream shows where it comes from in one of its events. Where the call's name is no
   * header's, an answer tells it later.
   */
  noteEvidence(evidence: Evidence, atMs: InstantMs): void {
    const held = this.#evidence;
    const saysNothing = held !== null && evidence.source === noEvidence.source;
    const callId = held?.callId ?? evidence.callId;
    const newest = saysNothing ? held : evidence;
    this.#evidence = newest.callId === callId ? newest : { ...newest, callId };
    if (!saysNothing) this.#observedAtMs = Math.max(0, Math.trunc(atMs));
  }

  /** As `onHead` of a receiver of answers tells it. */
  noteIdentity(word: string): void {
    this.#identity = word;
  }

  /** The newest count is the answer's: counts in a stream are of the whole so far. */
  noteUsage(usage: TokenUsage | null): void {
    this.#usage = usage ?? this.#usage;
  }

  /** From a closed set of words. */
  noteFailure(word: string): void {
    this.#failure = word;
  }

  get evidence(): Evidence | null {
    return this.#evidence;
  }

  /**
   * What is written of the evidence. Of an endpoint that was merely chosen, one that proved its machine is our own by more than its
   * address: still no evidence of any place, and for the law no better than E1.
   */
  get shown(): AttemptRecord["evidence"] {
    const evidence = this.#evidence;
    if (evidence === null) return null;
    const { evidenceClass: grade, source, places } = evidence;
    return this.#identity !== null && grade === "E1"
      ? { grade: "E1-own", source: this.#identity, places }
      : { grade, source, places };
  }

  get usage(): TokenUsage | null {
    return this.#usage;
  }

  /** Where it was computed, as far as that is known: where it showed, or else where it may. */
  get places(): readonly Place[] {
    const shown = this.#evidence?.places ?? [];
    return shown.length > 0 ? shown : this.endpoint.computes;
  }

  /** As things stand now, for the outcome. */
  get record(): AttemptRecord {
    const { id, computes } = this.endpoint;
    const evidence = this.#evidence;
    return {
      endpoint: id,
      sent: this.#isSent,
      asked: { model: this.#model, region: null },
      allowed: computes,
      evidence: this.shown,
      observedAt: this.#observedAtMs,
      requestId: evidence?.callId ?? null,
      failure: this.#failure,
      usage: this.#usage && {
        input: this.#usage.promptTokens,
        output: this.#usage.completionTokens,
        cached: this.#usage.cachedTokens ?? 0,
      },
    };
  }
}

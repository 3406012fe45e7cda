import { type EndpointAddress, type SessionAnswer, type SessionCall, UpstreamError } from "../provider.ts";
import { Departure } from "../departure.ts";
import type { DialStream } from "./dial.ts";
import type { RequestHeads } from "./request-heads.ts";
import { shakeHands } from "./session-dial.ts";

interface EngineSessionsOptions {
  readonly id: EndpointAddress["id"];
  readonly dial: DialStream;
  readonly heads: RequestHeads;
  /** Told whenever there are more or fewer: they are connections that calls do not have. */
  readonly onCount: (open: number) => void;
}

/** The sessions with one endpoint, a connection each. INVARIANT: never more than `most` are open or being opened. */
export class EngineSessions {
  readonly #options: EngineSessionsOptions;
  readonly #open: Set<AbortController> = new Set();

  constructor(options: EngineSessionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  async connect(call: SessionCall, path: string, most: number): Promise<SessionAnswer> {
    if (this.#open.size >= most) throw new UpstreamError("no_room", { mayHaveArrived: false });
    const cut = new AbortController();
    this.#count(() => this.#open.add(cut));
    const forget = (): void => this.#count(() => this.#open.delete(cut));
    try {
      return await this.#connect(call, { path, cut, forget });
    } catch (error) {
      forget();
      throw error;
    }
  }

  close(): void {
    for (const cut of this.#open) cut.abort();
  }

  async #connect(
    call: SessionCall,
    {
      path,
      cut,
      forget,
    }: { readonly path: string; readonly cut: AbortController; readonly forget: () => void },
  ): Promise<SessionAnswer> {
    const { id, dial, heads } = this.#options;
    const signal = AbortSignal.any([call.signal, cut.signal]);
    const socket = await dial(signal).catch((code: unknown) => {
      call.signal.throwIfAborted();
      throw new UpstreamError("unreachable", { mayHaveArrived: false, cause: code });
    });
    socket.once("close", forget);
    // After the handshake whoever has the session ends it; only the end of all sessions cuts it from here.
    const destroy = (): void => void socket.destroy();
    cut.signal.addEventListener("abort", destroy);
    call.signal.addEventListener("abort", destroy);
    try {
      const departure = new Departure(id, call);
      return await shakeHands({ socket, ...heads.session(path, call), call, departure });
    } catch (error) {
      socket.destroy();
      call.signal.throwIfAborted();
      throw error;
    } finally {
      call.signal.removeEventListener("abort", destroy);
    }
  }

  #count(change: () => void): void {
    change();
    this.#options.onCount(this.#open.size);
  }
}

// Owner: the thread whose listener it is. The connections of one listener, bounded: a descriptor too many would be missing
// where the ledger or an engine needs one (docs/decisions/0034).
import type { Socket } from "node:net";

export interface ConnectionBounds {
  readonly maxConnections: number;
  readonly onCount: (open: number) => void;
  /** One was closed, or not taken, for want of room. */
  readonly onCrowded: () => void;
}

/** Beyond the bound, for probes of liveness and for telling callers that there is no room. */
export const spareConnections = 16;

export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #open = new Set<Socket>();
  /** Those without a request under way, the one that has been so for longest first. */
  readonly #idle = new Set<Socket>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  /** Takes a new one in the place of the idlest. Where all are busy, it is taken as a spare one, or closed at once. */
  add(socket: Socket): void {
    const { maxConnections, onCount, onCrowded } = this.#bounds;
    if (this.#open.size >= maxConnections) {
      onCrowded();
      const [idlest] = this.#idle;
      if (idlest) this.#close(idlest);
      else if (this.#open.size >= maxConnections + spareConnections) return void socket.destroy();
    }
    this.#open.add(socket);
    this.#idle.add(socket);
    onCount(this.#open.size);
    socket.once("close", () => this.#forget(socket));
  }

  /** There are more than may be served. */
  get isCrowded(): boolean {
    return this.#open.size > this.#bounds.maxConnections;
  }

  noteBusy(socket: Socket): void {
    this.#idle.delete(socket);
  }

  noteIdle(socket: Socket): void {
    if (this.#open.has(socket)) this.#idle.add(socket);
  }

  /** Its descriptor is free when this returns. */
  #close(socket: Socket): void {
    socket.destroy();
    this.#forget(socket);
  }

  #forget(socket: Socket): void {
    this.#idle.delete(socket);
    if (this.#open.delete(socket)) this.#bounds.onCount(this.#open.size);
  }
}

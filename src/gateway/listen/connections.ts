// Owner: the thread whose listener it is. The connections of one listener, bounded: a descriptor too many would be missing
// where the ledger or an engine needs one (docs/decisions/0034).
import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";

export interface ConnectionBounds {
  readonly maxConnections: number;
  readonly onCount: (open: number) => void;
  /** One was closed, or not taken, for want of room. */
  readonly onCrowded: () => void;
}

/** Beyond the bound, for probes of liveness and for telling callers that there is no room. */
export const spareConnections = 16;

export class Connections implements Iterable<Connection> {
  readonly #bounds: ConnectionBounds;
  readonly #open = new Set<Connection>();
  /** Those without a request under way, the one that has been so for longest first. */
  readonly #idle = new Set<Connection>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#open.values();
  }

  /** Takes a new one in the place of the idlest. Where all are busy, it is taken as a spare one, or closed at once. */
  add(socket: Socket, connectionOf: () => Connection): void {
    const { maxConnections, onCount, onCrowded } = this.#bounds;
    if (this.#open.size >= maxConnections) {
      onCrowded();
      const [idlest] = this.#idle;
      if (idlest) this.#close(idlest);
      else if (this.#open.size >= maxConnections + spareConnections) return void socket.destroy();
    }
    const connection = connectionOf();
    this.#open.add(connection);
    this.#idle.add(connection);
    onCount(this.#open.size);
    socket.once("close", () => this.#forget(connection));
  }

  /** There are more than may be served. */
  get isCrowded(): boolean {
    return this.#open.size > this.#bounds.maxConnections;
  }

  noteBusy(connection: Connection): void {
    this.#idle.delete(connection);
  }

  noteIdle(connection: Connection): void {
    if (this.#open.has(connection)) this.#idle.add(connection);
  }

  closeIdle(): void {
    for (const connection of this.#idle) connection.destroy();
  }

  closeAll(): void {
    for (const connection of this.#open) connection.destroy();
  }

  /** Its descriptor is free when this returns. */
  #close(connection: Connection): void {
    connection.destroy();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    this.#idle.delete(connection);
    if (this.#open.delete(connection)) this.#bounds.onCount(this.#open.size);
  }
}

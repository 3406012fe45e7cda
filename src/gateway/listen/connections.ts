// Owner: the thread whose listener it is. The connections of one listener, bounded: a descriptor too many would be missing
// where the ledger or an engine needs one (docs/decisions/0034).
import type { Socket } from "node:net";
import type { Due } from "./pass-timer.ts";

export interface ConnectionBounds {
  readonly maxConnections: number;
  readonly onCount: (open: number) => void;
  /** One was closed, or not taken, for want of room. */
  readonly onCrowded: () => void;
}

/** A connection, or what becomes one. */
export interface Held extends Due {
  destroy(): void;
  /** Takes no other request. */
  retire(): void;
}

/** Beyond the bound, for probes of liveness and for telling callers that there is no room. */
export const spareConnections = 16;

export class Connections implements Iterable<Held> {
  readonly #bounds: ConnectionBounds;
  readonly #open = new Set<Held>();
  /** Those without a request under way, the one that has been so for longest first. */
  readonly #idle = new Set<Held>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  [Symbol.iterator](): Iterator<Held> {
    return this.#open.values();
  }

  /** Takes a new one in the place of the idlest. Where all are busy, it is taken as a spare one, or closed at once. */
  add(socket: Socket, connectionOf: () => Held): void {
    const { maxConnections, onCount, onCrowded } = this.#bounds;
    if (this.#open.size >= maxConnections) {
      onCrowded();
      const [idlest] = this.#idle;
      if (idlest) this.#close(idlest);
      else if (this.#open.size >= maxConnections + spareConnections) return void socket.destroy();
    }
    this.#hold(socket, connectionOf());
    onCount(this.#open.size);
  }

  /** What `before` has become, in its place. One that has been closed meanwhile has no place. */
  replace(before: Held, socket: Socket, connectionOf: () => Held): void {
    if (!this.#open.delete(before)) return void socket.destroy();
    this.#idle.delete(before);
    this.#hold(socket, connectionOf());
  }

  /** There are more than may be served. */
  get isCrowded(): boolean {
    return this.#open.size > this.#bounds.maxConnections;
  }

  noteBusy(connection: Held): void {
    this.#idle.delete(connection);
  }

  noteIdle(connection: Held): void {
    if (this.#open.has(connection)) this.#idle.add(connection);
  }

  closeIdle(): void {
    for (const connection of this.#idle) connection.destroy();
  }

  /** Answers under way go on, and their connections end with them. */
  retireAll(): void {
    this.closeIdle();
    for (const connection of this.#open) connection.retire();
  }

  closeAll(): void {
    for (const connection of this.#open) connection.destroy();
  }

  #hold(socket: Socket, connection: Held): void {
    this.#open.add(connection);
    this.#idle.add(connection);
    socket.once("close", () => this.#forget(connection));
  }

  /** Its descriptor is free when this returns. */
  #close(connection: Held): void {
    connection.destroy();
    this.#forget(connection);
  }

  #forget(connection: Held): void {
    this.#idle.delete(connection);
    if (this.#open.delete(connection)) this.#bounds.onCount(this.#open.size);
  }
}

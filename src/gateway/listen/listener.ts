// Owner: the thread that opened it.
import { createServer, type Server, type Socket } from "node:net";
import type { WallClock } from "../../base/index.ts";
import type { CellLimits } from "../../config/index.ts";
import { formatRefusal } from "./client-error.ts";
import { Connection, type Hearing } from "./connection.ts";
import { type ConnectionBounds, Connections } from "./connections.ts";
import { Deadlines } from "./deadlines.ts";
import { HttpChannel } from "./http-channel.ts";
import { ParserPool } from "./parser-pool.ts";

/** What comes in by a listener, and what to do about it. */
export interface Serving {
  readonly cell: string;
  readonly limits: CellLimits;
  readonly now: WallClock;
  readonly connections: ConnectionBounds;
  /** Takes a request over. Whatever is thrown at its connection before it is answered goes to `stop`. */
  readonly serve: (channel: HttpChannel) => { stop(reason: Error): void };
}

export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
}

const maxUploadMs = 60_000;

/** A server that hands every request on as a channel. */
export function createListener(serving: Serving): Listener {
  const connections = new Connections(serving.connections);
  const deadlines = new Deadlines(serving.limits.headersTimeoutMs, connections);
  const hearing = hearingOf(serving, connections, deadlines);
  // A caller that has said all it has to say may end its half, and gets its answer by the other (RFC 9112 §9.6).
  const server = createServer({ noDelay: true, allowHalfOpen: true });
  server.on("connection", (socket: Socket) => connections.add(socket, () => new Connection(socket, hearing)));
  server.on("close", () => deadlines.stop());
  return { server, connections };
}

function hearingOf(serving: Serving, connections: Connections, deadlines: Deadlines): Hearing {
  const { cell, limits, now, serve } = serving;
  return {
    parsers: new ParserPool(limits.maxHeaderBytes),
    deadlines,
    headersTimeoutMs: limits.headersTimeoutMs,
    uploadTimeoutMs: Math.min(limits.deadlineMs, maxUploadMs),
    refusalText: (fault) => formatRefusal(fault, cell, now()),
    onIdle: (connection) => connections.noteIdle(connection),
    take(connection, request) {
      connections.noteBusy(connection);
      const channel = new HttpChannel(connection, request, { isCrowded: connections.isCrowded, now });
      const exchange = serve(channel);
      return {
        stop: (reason) => exchange.stop(reason),
        soundOut: () => channel.soundOut(),
        onGone: () => channel.onGone(),
      };
    },
  };
}

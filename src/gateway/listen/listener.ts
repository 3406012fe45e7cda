// Owner: the thread that opened it.
import { createServer, type Server, type Socket } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { createServer as createSecureServer, type TLSSocket } from "node:tls";
import type { WallClock } from "../../base/index.ts";
import type { CellLimits } from "../../config/index.ts";
import { ClientAuthorities } from "../certificates/client-authorities.ts";
import { clientCertificateOf } from "../certificates/client-certificate.ts";
import { type ListenerTls, secureOptionsOf } from "../certificates/listener-tls.ts";
import { formatRefusal } from "./client-error.ts";
import { Connection, type Hearing } from "./connection.ts";
import { type ConnectionBounds, Connections } from "./connections.ts";
import { PassTimer } from "./pass-timer.ts";
import { Handshake } from "./handshake.ts";
import { HttpChannel } from "./http-channel.ts";
import { ParserPool } from "./parser-pool.ts";

/** What comes in by a listener, and what to do about it. */
export interface Serving {
  readonly cell: string;
  readonly limits: CellLimits;
  readonly now: WallClock;
  readonly connections: ConnectionBounds;
  /** Null: in the clear. */
  readonly tls: ListenerTls | null;
  /** Takes a request over. Whatever is thrown at its connection before it is answered goes to `stop`. */
  readonly serve: (channel: HttpChannel) => { stop(reason: Error): void };
}

export interface Listener {
  readonly server: Server;
  readonly connections: Connections;
  readonly scheme: "http" | "https";
  /** What counts for whoever connects from now on, and of certificates that were shown before. */
  renewTls(tls: ListenerTls): void;
}

const maxUploadMs = 60_000;

/** A caller that has said all it has to say may end its half, and gets its answer by the other (RFC 9112 §9.6). */
const socketOptions = { noDelay: true, allowHalfOpen: true };

/** A server that hands every request on as a channel. */
export function createListener(serving: Serving): Listener {
  const connections = new Connections(serving.connections);
  const passes = new PassTimer(serving.limits.headersTimeoutMs, connections);
  const hearing = hearingOf(serving, connections, passes);
  const listener = serving.tls
    ? listenSecurely(serving, serving.tls, { connections, hearing })
    : listenInTheClear({ connections, hearing });
  listener.server.on("close", () => passes.stop());
  return { ...listener, connections };
}

interface Place {
  readonly connections: Connections;
  readonly hearing: Hearing;
}

type Opened = Omit<Listener, "connections">;

function listenInTheClear({ connections, hearing }: Place): Opened {
  const server = createServer(socketOptions);
  server.on("connection", (socket: Socket) => connections.add(socket, () => new Connection(socket, hearing)));
  return {
    server,
    scheme: "http",
    renewTls() {
      throw new TypeError("a listener without TLS has no certificate to renew");
    },
  };
}

function listenSecurely({ limits, now }: Serving, tls: ListenerTls, { connections, hearing }: Place): Opened {
  let { clients } = tls;
  let authorities = new ClientAuthorities(clients);
  // Who shows no certificate may have a key, and who shows a wrong one is told why: by the answer to its request.
  const server = createSecureServer({
    ...secureOptionsOf(tls),
    ...socketOptions,
    requestCert: clients.length > 0,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: limits.headersTimeoutMs,
  });
  onHandshakes(server, { connections, hearing }, (socket) => {
    const certificate = clientCertificateOf(socket, authorities);
    return new Connection(socket, hearing, certificate && (() => certificate(now())));
  });
  return {
    server,
    scheme: "https",
    renewTls(renewed) {
      server.setSecureContext(secureOptionsOf(renewed));
      if (isDeepStrictEqual(clients, renewed.clients)) return;
      clients = renewed.clients;
      authorities = new ClientAuthorities(clients);
      connections.retireAll();
    },
  };
}

/** INVARIANT: what shakes hands is bounded as what has done so is, and the longest at it gives way first. */
function onHandshakes(
  server: Server,
  { connections, hearing: { passes, headersTimeoutMs } }: Place,
  connectionOf: (socket: TLSSocket) => Connection,
): void {
  const handshakes = new Map<string, Handshake>();
  server.on("connection", (socket: Socket) => {
    const name = nameOf(socket);
    connections.add(socket, () => {
      const handshake = new Handshake(socket, passes.after(headersTimeoutMs));
      handshakes.set(name, handshake);
      socket.once("close", () => handshakes.get(name) === handshake && handshakes.delete(name));
      return handshake;
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    const name = nameOf(socket);
    const handshake = handshakes.get(name);
    handshakes.delete(name);
    if (handshake) connections.replace(handshake, socket, () => connectionOf(socket));
    else socket.destroy();
  });
}

/** Of both ends: no two connections of a listener have the same at a time, and it may be reached at several addresses. */
function nameOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}

function hearingOf(serving: Serving, connections: Connections, passes: PassTimer): Hearing {
  const { cell, limits, now, serve } = serving;
  return {
    parsers: new ParserPool(limits.maxHeaderBytes),
    passes,
    headersTimeoutMs: limits.headersTimeoutMs,
    uploadTimeoutMs: Math.min(limits.deadlineMs, maxUploadMs),
    refusalText: (fault) => formatRefusal(fault, cell, now()),
    onIdle: (connection) => connections.noteIdle(connection),
    take(connection, request) {
      connections.noteBusy(connection);
      const channel = new HttpChannel(connection, request, { isCrowded: connections.isCrowded, now });
      channel.takenBy(serve(channel));
      return channel;
    },
  };
}

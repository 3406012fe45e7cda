// HTTP to one origin. Each gateway thread owns its state.
import { AttestedKeys } from "../attestation/attested-keys.ts";
import { Departure } from "../departure.ts";
import type {
  AnswerReceiver,
  CallUnderWay,
  EndpointAddress,
  EngineConnection,
  Serves,
  SessionAnswer,
  SessionCall,
  UpstreamCall,
} from "../provider.ts";
import type { Gate } from "./call-socket.ts";
import { dialStream, dialTo } from "./dial.ts";
import { type Message, OpenCall } from "./open-call.ts";
import { EngineSessions } from "./engine-sessions.ts";
import { originOf } from "./origin.ts";
import { RequestHeads, type Signer } from "./request-heads.ts";
import { SocketPool } from "./socket-pool.ts";

const probeTimeoutMs = 2_000;

export interface ConnectionOptions {
  readonly maxConnections: number;
  /** Asked in their order, the second where the server does not know the first. */
  readonly probePaths?: readonly [string, string];
  /** Whether a server that answers a probe with this is well. Default: a success. */
  readonly isWell?: (status: number) => boolean;
  /** For a provider that wants each request signed. */
  readonly sign?: Signer;
  /** Of a session's handshake, where it is another one than that of calls. */
  readonly sessionQuery?: Readonly<Record<string, string>>;
}

/** INVARIANT: bytes go to the origin of `address.url` and nowhere else; no redirect is followed, no proxy asked. */
export function openHttpConnection(
  address: EndpointAddress,
  serves: Serves,
  options: ConnectionOptions,
): EngineConnection {
  const { probePaths = ["/health", "/v1/models"], isWell = isSuccess, sign } = options;
  const pools = openPools(address, options);
  const [firstPath, secondPath] = address.calling?.healthPath
    ? [address.calling.healthPath, null]
    : probePaths;
  return {
    call(call, receiver) {
      const target = serves[call.operation];
      if (!target) throw new TypeError(`engine \`${address.engine}\` serves no \`${call.operation}\``);
      const template = (call.isStream ? target.streamPath : null) ?? target.path;
      const path = template.replace("{model}", () => encodeURIComponent(call.model));
      return post(pools, address, { call, receiver, path });
    },
    // INVARIANT: the head of a session is never signed, and its connection never asked what it runs: whoever wants either has none.
    ...(!sign &&
      !address.attestation && {
        connect: (call: SessionCall) => pools.connect(call, serves[call.operation]?.path ?? ""),
      }),
    probe: async (signal) => {
      const status = await getStatus(pools, firstPath, signal);
      // Not every server of this dialect has `/health` (vLLM and llama.cpp do), and not every one lists models.
      if (status === null || isWell(status)) return status !== null;
      const second =
        status === 404 && secondPath !== null ? await getStatus(pools, secondPath, signal) : null;
      return second !== null && isWell(second);
    },
    isSilent: async (signal) => (await getStatus(pools, firstPath, signal)) === null,
    resize: (most) => pools.resize(most),
    drain: () => pools.drain(),
    close: async () => pools.close(),
  };
}

interface Pools {
  readonly heads: RequestHeads;
  readonly calls: SocketPool;
  connect(call: SessionCall, path: string): Promise<SessionAnswer>;
  probes(): SocketPool;
  resize(maxConnections: number): void;
  drain(): Promise<void>;
  close(): void;
}

interface OpenPoolsOptions extends Pick<ConnectionOptions, "maxConnections" | "sessionQuery"> {
  readonly sign?: Signer | undefined | null;
}

/**
 * One connection is for probes alone: while all others wait for long answers, a live engine still says that it lives. An
 * endpoint that may have one connection has that one for both: the bound is for the ledger's sake (decision 0034).
 */
function openPools(
  address: EndpointAddress,
  { maxConnections, sign = null, sessionQuery }: OpenPoolsOptions,
): Pools {
  const { id, engine } = address;
  if (address.url === null) throw new TypeError(`endpoint \`${id}\`: engine \`${engine}\` needs a url`);
  const url = new URL(address.url);
  const origin = originOf(address, url);
  const dial = dialTo(origin);
  let most = maxConnections;
  const heads = new RequestHeads(address, url, sign);
  const { calling } = address;
  const handshake = calling && sessionQuery && { ...address, calling: { ...calling, query: sessionQuery } };
  const sessions = new EngineSessions({
    id,
    dial: dialStream(origin),
    heads: handshake ? new RequestHeads(handshake, url) : heads,
    onCount: (open) => calls.resize(Math.max(1, forCalls(most) - open)),
  });
  const terms = { gate: gateOf(address, url, heads), identity: identityBy(address) };
  const calls = new SocketPool({ dial, maxSockets: forCalls(most), terms });
  const spare = new SocketPool({ dial, maxSockets: 1, terms });
  return {
    heads,
    calls,
    connect: (call, path) => sessions.connect(call, path, Math.floor(forCalls(most) / 2)),
    probes: () => (most > 1 ? spare : calls),
    resize(newMost) {
      most = newMost;
      calls.resize(Math.max(1, forCalls(most) - sessions.count));
    },
    async drain() {
      // In this order: an answer that still comes goes on being asked whether it lives.
      await calls.drain();
      await spare.drain();
    },
    close() {
      sessions.close();
      calls.close();
      spare.close();
    },
  };
}

/** Of one's own, which has no provider's label: it has to show a certificate of the authority that the policy names for it, and of no other. */
function identityBy({ calling, region }: EndpointAddress): string | null {
  return calling?.ca && !region ? "own-authority" : null;
}

function gateOf({ id, attestation }: EndpointAddress, url: URL, heads: RequestHeads): Gate | null {
  if (!attestation) return null;
  if (url.protocol !== "https:") throw new TypeError(`endpoint \`${id}\`: only over TLS can it be attested`);
  return { keys: new AttestedKeys(attestation), head: (path) => heads.bare(path) };
}

/** Calls and sessions; of the latter there are half as many at most, so that there are always connections for calls. */
function forCalls(maxConnections: number): number {
  return Math.max(1, maxConnections - 1);
}

interface Post {
  readonly call: UpstreamCall;
  readonly receiver: AnswerReceiver;
  readonly path: string;
}

function post(
  { calls, heads }: Pools,
  { id }: EndpointAddress,
  { call, receiver, path }: Post,
): CallUnderWay {
  const { body, headersTimeoutMs, idleTimeoutMs } = call;
  const message = { body, departure: new Departure(id, call), headersTimeoutMs, idleTimeoutMs };
  const makeHead = (): string => heads.post(path, call);
  const open = new OpenCall(
    heads.areSigned ? signedLate(message, makeHead) : { ...message, head: makeHead() },
    receiver,
  );
  calls.add(open);
  return open;
}

/** A call may wait for its connection, and a signature ages: the head is made in the turn that writes it. */
function signedLate(message: Omit<Message, "head">, makeHead: () => string): Message {
  return {
    ...message,
    get head() {
      return makeHead();
    },
  };
}

/** Null when there is no answer. */
function getStatus(pools: Pools, path: string, signal: AbortSignal): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const message = {
    head: pools.heads.get(path),
    body: [],
    departure: null,
    headersTimeoutMs: probeTimeoutMs,
    idleTimeoutMs: probeTimeoutMs,
  };
  const open = new OpenCall(message, {
    // A body that has not come with its head ends its connection.
    onHead: (status) => queueMicrotask(() => stop(status)),
    onBytes: () => undefined,
    onEnd: () => undefined,
    onFailure: () => stop(null),
  });
  const onAbort = (): void => stop(null);
  const stop = (status: number | null): void => {
    signal.removeEventListener("abort", onAbort);
    open.cancel();
    resolve(status);
  };
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) stop(null);
  else pools.probes().add(open);
  return promise;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

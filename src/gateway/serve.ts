// One request from its first to its last step, whatever it comes by: errors of every kind end here.
import { type RequestId, toHex } from "../base/index.ts";
import type { Channel } from "./exchange/channel.ts";
import type { ErrorWords } from "./exchange/error-words.ts";
import { CallerGoneError, GatewayError, overloaded } from "./exchange/gateway-error.ts";
import { checkHeaders } from "./exchange/request-headers.ts";
import { type Route, routeFor } from "./exchange/route.ts";
import type { Arrival, ServedRequest } from "./exchange/served-request.ts";
import type { ThreadServices } from "./exchange/thread-services.ts";
import { answerError } from "./reply/error-edge.ts";

interface ServeOptions<Request extends ServedRequest> {
  readonly open: (arrival: Arrival) => Request;
  /** How errors are told where no operation has words of its own. */
  readonly words: ErrorWords;
  readonly routes: readonly Route<Request>[];
  /** The requests that are under way, these and others. */
  readonly running: Set<Request>;
  /** It asks for more than health, and will be answered or refused. */
  readonly onTaken?: (request: Request) => void;
  readonly onOver: (request: Request) => void;
}

/** Takes over what comes by a channel. The request's `over` resolves when it is over. */
export type Serve<Request extends ServedRequest> = (channel: Channel) => Request;

export function createServe<Request extends ServedRequest>(
  { randomBytes, now, monotonicNow }: ThreadServices,
  options: ServeOptions<Request>,
): Serve<Request> {
  return (channel) => {
    const request = options.open({
      id: toHex(randomBytes(16)) as RequestId,
      channel,
      receivedAtMs: now(),
      startedAt: monotonicNow(),
      words: options.words,
    });
    void run(request, options);
    return request;
  };
}

async function run<Request extends ServedRequest>(
  request: Request,
  { routes, running, onTaken, onOver }: ServeOptions<Request>,
): Promise<void> {
  const { cell, arrival, head } = request;
  arrival.channel.whenGone(() => request.stop(new CallerGoneError()));
  running.add(request);
  try {
    checkHeaders(head);
    const route = routeFor(routes, head);
    if (cell.life.isDraining && !route.isHealth)
      throw new GatewayError("gateway_draining", "this process is ending");
    if (arrival.channel.isCrowded && !route.isHealth)
      throw overloaded("all connections of this cell are in use");
    if (!route.isHealth) onTaken?.(request);
    await route.handle(request);
  } catch (error) {
    await answerError(request, error).catch((failure: unknown) => giveUp(request, failure));
  } finally {
    request.end();
    running.delete(request);
    onOver(request);
  }
}

/** Nobody is left to tell but the log; the process and the other callers go on. */
function giveUp({ cell, arrival }: ServedRequest, thrown: unknown): void {
  cell.log({ event: "internal_error", cell: cell.cell, request: arrival.id, thrown });
  arrival.channel.destroy();
}

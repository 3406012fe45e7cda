// Owner: each end belongs to one thread. The port between the control thread and a gateway thread of its own.
import { type MessagePort, type Worker } from "node:worker_threads";
import type { ControlMessage, ControlPort, GatewayMessage, GatewayPort } from "./thread-messages.ts";

/** Closed when the thread has ended: nothing of it serves anybody any more. To close it ends the thread where it is. */
export function portToWorker(worker: Worker): ControlPort {
  // It has told of what it fell over (gateway-worker.ts), and `exit` follows.
  worker.on("error", () => undefined);
  return {
    send: (message) => worker.postMessage(message, []),
    onMessage: (listener) => void worker.on("message", (message: GatewayMessage) => listener(message)),
    onClosed: (listener) => void worker.once("exit", () => listener()),
    close: () => void worker.terminate(),
  };
}

/** What the control thread sends after it closed does not arrive. */
export function portOfWorker(parent: MessagePort): GatewayPort {
  const listeners: (() => void)[] = [];
  return {
    send: (message) => parent.postMessage(message, []),
    onMessage: (listener) => void parent.on("message", (message: ControlMessage) => listener(message)),
    onClosed: (listener) => void listeners.push(listener),
    close() {
      parent.close();
      for (const listener of listeners) listener();
    },
  };
}

// Messages over a connection, both ways (RFC 6455).
export { acceptSession, type Handshake, handshakeFault, protocolsIn } from "./accept.ts";
export { closeCodes, closeTimeoutMs } from "./close-codes.ts";
export {
  type Ended,
  type MessageListener,
  type MessageMemory,
  MessageSocket,
  type Messages,
} from "./message-socket.ts";

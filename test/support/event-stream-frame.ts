// Amazon's frames, as its services write them.
import { crc32 } from "node:zlib";

export function frameOf(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([7, value.length >> 8, value.length & 0xff]),
      Buffer.from(value),
    ]),
  );
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + head.length + Buffer.byteLength(payload), 0);
  prelude.writeUInt32BE(head.length, 4);
  const checked = Buffer.concat([prelude, checksumOf(prelude), head, Buffer.from(payload)]);
  return Buffer.concat([checked, checksumOf(checked)]);
}

/** An event of a model's own dialect, as `InvokeModelWithResponseStream` carries it. */
export function chunkFrame(event: object): Buffer {
  const bytes = Buffer.from(JSON.stringify(event)).toString("base64");
  const headers = { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" };
  return frameOf(headers, JSON.stringify({ bytes, p: "abcdefgh" }));
}

/** An event of `ConverseStream`. */
export function converseFrame(name: string, event: object): Buffer {
  const headers = { ":event-type": name, ":content-type": "application/json", ":message-type": "event" };
  return frameOf(headers, JSON.stringify(event));
}

function checksumOf(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return checksum;
}

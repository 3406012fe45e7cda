// Buckets in the real gateway, what an attacker with the cell's own credentials can do there, and logs to copy.
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { once } from "node:events";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { BucketAddress } from "../../src/store/worm/bucket.ts";
import { buildLog, type LogPlan } from "./ledger-log.ts";
import type { RadosGateway } from "./rados-gateway.ts";

export interface TestBucket {
  readonly address: BucketAddress;
  readonly client: S3Client;
  /** Keys with the number of their versions. */
  versions(): Promise<ReadonlyMap<string, number>>;
  overwrite(key: string, text: string): Promise<void>;
  hide(key: string): Promise<void>;
  close(): void;
}

let bucketsMade = 0;

export async function makeBucket(gateway: RadosGateway, isLockable = true): Promise<TestBucket> {
  const { endpoint, region, accessKeyId, secretAccessKey } = gateway;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  const Bucket = `worm-${bucketsMade++}`;
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: isLockable }));
  return {
    address: { endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey },
    client,
    async versions() {
      const counts = new Map<string, number>();
      // A thousand at most, which no test reaches.
      const { Versions: versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
      for (const { Key = "" } of versions) counts.set(Key, (counts.get(Key) ?? 0) + 1);
      return counts;
    },
    overwrite: async (Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
    hide: async (Key) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),
    close: () => client.destroy(),
  };
}

/** The files of a log as a cell has published them; called again with more, the log has grown. */
export function writeLog(directory: string, plan: LogPlan): void {
  for (const [path, bytes] of buildLog(plan)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
}

/** A line to the gateway that can be cut. */
export interface Line {
  readonly endpoint: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openLine({ endpoint }: RadosGateway): Promise<Line> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((caller) => {
    if (isCut) {
      caller.destroy();
      return;
    }
    const called = connect(Number(port), hostname);
    for (const [from, to] of [
      [caller, called],
      [called, caller],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  const hangUp = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    cut: () => {
      isCut = true;
      hangUp();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      server.close();
      hangUp();
      await once(server, "close");
    },
  };
}

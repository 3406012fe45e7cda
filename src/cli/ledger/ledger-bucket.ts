// What lies in a bucket, named by `s3://bucket/prefix`; above all logs in locked storage. Where the service is and who asks is in the variables that
// every client of S3 reads, so that no secret is ever an argument.
import { type BucketAddress, type BucketLog, openBucketLogs, type TouchedKey } from "../../store/index.ts";
import { asUnusableState, UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

export function isBucketUrl(text: string): boolean {
  return text.startsWith("s3://");
}

/** All logs below the prefix; at least one. Says of every key to which somebody wrote again. */
export async function openLogsInBucket(terminal: Terminal, url: string): Promise<readonly BucketLog[]> {
  const { address, prefix } = bucketAt(terminal, url);
  const logs = await openAll(url, address, prefix);
  if (logs.length === 0) throw new UnusableInputError([`\`${url}\` holds no log with an anchor yet`]);
  for (const { directory, touched } of logs) {
    for (const key of touched) terminal.complain(`${directory}/${key.path}: ${describe(key)}`);
  }
  return logs;
}

/** The bucket that a URL names, and the prefix in it. */
export function bucketAt(
  { streams }: Terminal,
  url: string,
): { readonly address: BucketAddress; readonly prefix: string } {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(url) ?? [];
  if (bucket === "")
    throw new UnusableInputError([`\`${url}\` names no bucket: write \`s3://bucket/prefix\``]);
  return { address: { ...addressFrom(streams.env), bucket }, prefix };
}

async function openAll(url: string, address: BucketAddress, prefix: string): Promise<readonly BucketLog[]> {
  try {
    return await openBucketLogs(address, prefix);
  } catch (error) {
    throw asUnusableState(`\`${url}\` cannot be read`, error);
  }
}

function addressFrom(environment: Terminal["streams"]["env"]): Omit<BucketAddress, "bucket"> {
  const required = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
  const missing = required.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new UnusableInputError(
      missing.map((name) => `environment variable \`${name}\` is not set; set it to read a bucket`),
    );
  }
  const sessionToken = environment["AWS_SESSION_TOKEN"];
  return {
    endpoint: environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"] ?? null,
    region: environment["AWS_REGION"] ?? "us-east-1",
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
    ...(sessionToken ? { sessionToken } : {}),
  };
}

function describe({ versionCount, deleteMarkerCount, isAltered }: TouchedKey): string {
  const hidden = deleteMarkerCount > 0 ? ` and ${deleteMarkerCount} delete markers` : "";
  const meaning =
    isAltered || deleteMarkerCount > 0
      ? "somebody wrote over it; what is read is the version that the manifest names"
      : "stored twice with the same bytes";
  return `${versionCount} versions${hidden}: ${meaning}`;
}

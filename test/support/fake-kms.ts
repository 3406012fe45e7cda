// AWS KMS's JSON protocol over a real socket: keeps what it was asked, and tells versions, which moto does not.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-of-the-test" };
export const region = "eu-central-1";

export type KmsFault =
  | "AccessDeniedException"
  | "ThrottlingException"
  | "KMSInvalidStateException"
  | "hang"
  | "garbage"
  | "down";

interface Members {
  readonly [member: string]: unknown;
}

export class FakeKms {
  readonly arn: string = `arn:aws:kms:${region}:111122223333:key/${randomBytes(8).toString("hex")}`;
  readonly operations: string[] = [];
  /** What was wrong with the signature of a request; none of them may be. */
  readonly unsigned: string[] = [];
  fault: KmsFault | null = null;
  readonly #versions: Buffer[] = [randomBytes(32)];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((asked, response) => void this.#answer(asked, response));
  }

  static async start(): Promise<FakeKms> {
    const fake = new FakeKms();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of asked) text += String(chunk);
    const problem = signatureProblem(asked, text);
    if (problem !== null) this.unsigned.push(problem);
    const operation = String(asked.headers["x-amz-target"]).replace("TrentService.", "");
    this.operations.push(operation);
    if (this.fault === "hang") return;
    if (this.fault === "down") return void asked.socket.destroy();
    if (this.fault === "garbage") return void response.end("<html>hello");
    if (this.fault !== null) return fail(response, this.fault);
    const answer = this.#operate(operation, JSON.parse(text) as Members);
    return answer ? reply(response, 200, answer) : fail(response, "InvalidCiphertextException");
  }

  #operate(operation: string, asked: Members): Members | null {
    switch (operation) {
      case "DescribeKey":
        return { KeyMetadata: { KeyId: this.arn, Arn: this.arn, CurrentKeyMaterialId: this.#material() } };
      case "RotateKeyOnDemand":
        this.#versions.push(randomBytes(32));
        return { KeyId: this.arn };
      case "Encrypt":
        return {
          CiphertextBlob: this.#encrypt(asked["Plaintext"], asked["EncryptionContext"]),
          KeyId: this.arn,
        };
      case "Decrypt": {
        const plain = this.#decrypt(asked["CiphertextBlob"], asked["EncryptionContext"]);
        return plain === null ? null : { Plaintext: plain, KeyId: this.arn };
      }
      case "ReEncrypt": {
        const plain = this.#decrypt(asked["CiphertextBlob"], asked["SourceEncryptionContext"]);
        if (plain === null) return null;
        return {
          CiphertextBlob: this.#encrypt(plain, asked["DestinationEncryptionContext"]),
          KeyId: this.arn,
        };
      }
      default:
        return null;
    }
  }

  #material(): string {
    return createHash("sha256")
      .update(this.#versions.at(-1) ?? "")
      .digest("hex");
  }

  #encrypt(plain: unknown, context: unknown): string {
    const nonce = randomBytes(12);
    const version = Buffer.from([this.#versions.length]);
    const cipher = createCipheriv("aes-256-gcm", this.#versions.at(-1) ?? "", nonce).setAAD(
      bound(version, context),
    );
    const sealed = [
      version,
      nonce,
      cipher.update(String(plain), "base64"),
      cipher.final(),
      cipher.getAuthTag(),
    ];
    return Buffer.concat(sealed).toString("base64");
  }

  #decrypt(ciphertext: unknown, context: unknown): string | null {
    const blob = Buffer.from(String(ciphertext), "base64");
    const key = this.#versions[(blob[0] ?? 0) - 1];
    if (!key || blob.length < 29) return null;
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(1, 13))
        .setAAD(bound(blob.subarray(0, 1), context))
        .setAuthTag(blob.subarray(-16));
      return Buffer.concat([decipher.update(blob.subarray(13, -16)), decipher.final()]).toString("base64");
    } catch {
      return null;
    }
  }
}

function bound(version: Buffer, context: unknown): Buffer {
  return Buffer.concat([
    version,
    Buffer.from(JSON.stringify(context, Object.keys(Object(context)).toSorted())),
  ]);
}

/** AWS Signature Version 4, computed from the request as it arrived. */
function signatureProblem(asked: IncomingMessage, body: string): string | null {
  const { authorization = "" } = asked.headers;
  const [, day = "", signed = "", signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\d{8})\/eu-central-1\/kms\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (signature === undefined) return `not signed: ${authorization}`;
  const names = signed.split(";");
  const missing = ["host", "x-amz-date", "x-amz-target"].filter((name) => !names.includes(name));
  if (missing.length > 0) return `${missing.join(", ")} is not signed`;
  const headers = names.map((name) => `${name}:${String(asked.headers[name]).trim()}\n`).join("");
  const canonical = [asked.method, asked.url, "", headers, signed, sha256(body)].join("\n");
  const scope = `${day}/${region}/kms/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", asked.headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = [day, region, "kms", "aws4_request"].reduce<Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  return createHmac("sha256", key).update(text).digest("hex") === signature ? null : "the signature is wrong";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function fail(response: ServerResponse, type: string): void {
  reply(response, 400, { __type: type, message: "quoting nobody" });
}

function reply(response: ServerResponse, status: number, members: Members): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(members));
}

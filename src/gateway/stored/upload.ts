// `POST /v1/files`: a file that a caller leaves in the cell.
import { decodeUtf8, toHex } from "../../base/index.ts";
import type { ObjectHead } from "../../privacy/index.ts";
import {
  boundaryOf,
  type FilePurpose,
  type FormPart,
  formatFile,
  scanForm,
  uploadPurposes,
} from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { holdBytes } from "../exchange/held-bytes.ts";
import { announcedBytes, headerOf } from "../exchange/request-headers.ts";
import { writeAnswer } from "../reply/write-answer.ts";
import { claimsOfRequest } from "../stages/admit-caller.ts";
import { type FileAbout, fileView } from "./file-about.ts";
import { decideToKeep, type KeepDecision, requireLawfulToKeep } from "./keep-decision.ts";
import { type BegunObject, keepWhole } from "./keep-whole.ts";
import { requireRoom } from "./storage-room.ts";
import { admitVisitor, type Visitor } from "./visitor.ts";

interface Upload {
  readonly content: Uint8Array;
  readonly filename: string;
  readonly purpose: FilePurpose;
  /** Null where it does not say. */
  readonly keepMs: number | null;
}

/** Whether it may lie here is decided before anything of it is read, and recorded before anything of it is written. */
export async function uploadFile(exchange: Exchange): Promise<void> {
  const visitor = await admitVisitor(exchange);
  await requireLawfulToKeep(exchange, visitor);
  const upload = await readUpload(exchange);
  const expiresAtMs = exchange.arrival.receivedAtMs + keptMs(upload, visitor);
  await requireRoom(exchange, visitor, { what: "file", bytes: upload.content.length });
  const decided = await decideToKeep(exchange, { ...visitor, body: upload.content });
  const { head, about } = await keepFile(exchange, visitor, { ...upload, expiresAtMs, decided });
  const headers = { "content-type": "application/json" };
  await writeAnswer(exchange, { status: 200, headers, body: formatFile(fileView(head, about)) });
}

async function readUpload(exchange: Exchange): Promise<Upload> {
  const { arrival, cell, head } = exchange;
  const boundary = boundaryOf(headerOf(head, "content-type") ?? "");
  if (boundary === null) {
    throw new GatewayError("caller_unsupported_media_type", "`content-type` must be `multipart/form-data`", {
      param: "content-type",
    });
  }
  const { maxBodyBytes } = cell.limits;
  holdBytes(exchange, Math.min(announcedBytes(head) ?? maxBodyBytes, maxBodyBytes));
  const body = await arrival.channel.body(maxBodyBytes, exchange);
  const form = scanForm(body, boundary);
  if (!form.ok) throw invalid(null, `the form cannot be read: ${form.error.reason}`);
  return uploadIn(body, form.value);
}

const fieldNames = ["purpose", "expires_after[anchor]", "expires_after[seconds]"];

function uploadIn(body: Uint8Array, parts: readonly FormPart[]): Upload {
  const files = parts.filter(({ isFile }) => isFile);
  const [file] = files;
  if (file?.name !== "file" || files.length > 1) throw invalid("file", "expected one file, by this name");
  const fields = parts.filter((part) => part !== file);
  const unknown = fields.find(({ name }) => !fieldNames.includes(name));
  if (unknown) throw invalid(unknown.name.slice(0, 64), "the field is not known here");
  const valueOf = (name: string): string | null => {
    const part = fields.find((field) => field.name === name);
    return part ? decodeUtf8(body.subarray(part.content.start, part.content.end)) : null;
  };
  const purpose = uploadPurposes.find((each) => each === valueOf("purpose"));
  if (purpose === undefined) throw invalid("purpose", `expected one of ${uploadPurposes.join(", ")}`);
  return {
    content: body.subarray(file.content.start, file.content.end),
    filename: file.filename ?? "file",
    purpose,
    keepMs: wishedMs(valueOf("expires_after[anchor]"), valueOf("expires_after[seconds]")),
  };
}

function wishedMs(anchor: string | null, seconds: string | null): number | null {
  if (anchor === null && seconds === null) return null;
  if (anchor !== "created_at") throw invalid("expires_after[anchor]", "expected `created_at`");
  if (!/^[1-9]\d{0,9}$/.test(seconds ?? ""))
    throw invalid("expires_after[seconds]", "expected a whole number of seconds");
  return Number(seconds) * 1_000;
}

/** It is kept for no longer than its upload says, so a wish that the policy does not grant is refused. */
function keptMs({ keepMs }: Upload, { policy }: Visitor): number {
  if (keepMs === null) return policy.keepMs;
  if (keepMs <= policy.keepAtMostMs) return keepMs;
  const seconds = policy.keepAtMostMs / 1_000;
  throw invalid("expires_after[seconds]", `files of this tenant are kept for ${seconds} s at most`);
}

interface KeptUpload extends Upload {
  readonly expiresAtMs: number;
  readonly decided: KeepDecision;
}

async function keepFile(
  exchange: Exchange,
  { caller, subject, tenant }: Visitor,
  { content, filename, purpose, expiresAtMs, decided }: KeptUpload,
): Promise<{ readonly head: ObjectHead; readonly about: FileAbout }> {
  const { cell, arrival } = exchange;
  const { files: store } = cell;
  const { key } = decided;
  const createdAtMs = arrival.receivedAtMs;
  const place = cell.vault.placeOf(subject, createdAtMs);
  const id = `file-${toHex(cell.randomBytes(16))}`;
  const head = { id, tenant, subject: key.handle, place, createdAtMs, expiresAtMs };
  const about = { filename, purpose, bytes: content.length, claims: claimsOfRequest(exchange, caller) };
  const begin = async (): Promise<BegunObject> => {
    const writer = await store.begin(head, key);
    const write = async (): Promise<void> => {
      await writer.append(content);
      await writer.end();
      await store.describe(head, key, about);
    };
    return { write, close: () => writer.close() };
  };
  await keepWhole(exchange, { store, head, decided, begin });
  return { head, about };
}

function invalid(param: string | null, message: string): GatewayError {
  const told = param === null ? message : `\`${param}\`: ${message}`;
  return new GatewayError("caller_invalid_request", told, param === null ? {} : { param });
}

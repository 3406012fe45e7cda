// How an endpoint is called where it is more than a base URL and a key.
import { z } from "zod";
import { servedOperations } from "../values/served-operation.ts";
import { filePath, secretReference, text } from "./vocabulary.ts";

/** RFC 9110 §5.1, without those that the cell writes itself or that say how the message is framed. */
const headerName = text(
  "the name of a header that the cell does not write itself",
  /^(?!(?:host|connection|content-(?:length|type|encoding)|transfer-encoding|te|trailer|upgrade|expect|accept(?:-encoding)?|x-request-id|bailiwick-.*)$)[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/,
).meta({ title: "header, in lower case" });

const headerValue = text(
  "visible ASCII and spaces",
  /^(?!sk-)[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/,
).meta({
  title: "text",
});

export const urlPath = text(
  "a path such as `/v1/chat/completions`",
  /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+\/?$/,
).meta({ title: "path of a URL" });

export const calling = {
  path: urlPath
    .optional()
    .describe("Where it answers chat completions, under its URL. Default: `/v1/chat/completions`."),
  serves: z
    .array(z.enum(servedOperations))
    .min(1, { error: "at least one operation" })
    .optional()
    .describe(
      "What it answers itself, of the operations of docs/api.md: those pass byte for byte, others are translated into one of these where that can be done. Default: what its engine has (docs/providers.md), which is `[chat_completions, completions, embeddings]` for `openai-compatible`; of an endpoint with a `path`, `[chat_completions]`; of a `peer`, all; where a provider's region holds for some operations alone, those.",
    ),
  "health-path": urlPath
    .optional()
    .describe(
      "Where it says whether it is well, under its URL, to a `GET` that costs nothing. Default: `/v1/models`, and `/health` where there is none.",
    ),
  headers: z
    .record(
      headerName,
      z.union([secretReference, headerValue], { error: "a text, or a reference to a secret" }),
    )
    .optional()
    .describe("Sent with each call: a text, or `${env:NAME}` or `${file:PATH}` for a secret."),
  query: z
    .record(text("a name", /^[A-Za-z0-9._~-]{1,64}$/), text("a text", /^[\x20-\x7e]{0,256}$/))
    .optional()
    .describe("Put behind each path: `{ api-version: 2024-10-21 }`. It holds no secrets."),
  ca: filePath
    .optional()
    .describe(
      "The certificates, as PEM, that its own must come from, beside the policy. Default: the system's.",
    ),
  "client-certificate": z
    .strictObject({
      certificate: filePath.describe("As PEM, beside the policy."),
      key: filePath.describe("Its private key, as PEM, beside the policy."),
    })
    .optional()
    .describe("What the cell shows that it is."),
};

export const callingKeys: readonly string[] = Object.keys(calling);

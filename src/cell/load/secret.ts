import { dirname, resolve } from "node:path";
import type { EndpointConfig, SecretReference } from "../../config/index.ts";
import { isObject, parseJson } from "../../base/index.ts";
import { engineKinds } from "../../law/index.ts";
import { readText } from "./file-text.ts";
import { UnusableInputError } from "../../disk/index.ts";

/** Where secrets come from. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file that names the secret: paths in it are relative to its folder. */
  readonly policyFile: string;
}

/** The endpoint's API key, null when it has none. */
export function resolveApiKey({ id, apiKey, engine }: EndpointConfig, sources: SecretSources): string | null {
  if (apiKey === null) return null;
  const owner = `endpoint \`${id}\``;
  return engineKinds[engine].takesCredentialFile
    ? (credentialFile(owner, apiKey, sources) ?? resolveSecret(owner, apiKey, sources))
    : resolveSecret(owner, apiKey, sources);
}

/** In one line; null where it is none. It is read by the engine, and never sent. */
function credentialFile(owner: string, reference: SecretReference, sources: SecretSources): string | null {
  const text = read(reference, sources)?.trim() ?? "";
  if (!text.startsWith("{")) return null;
  const file = parseJson(text);
  if (isObject(file)) return JSON.stringify(file);
  throw new UnusableInputError([`${owner}: ${placeOf(reference)} begins as JSON, and is none`]);
}

/** Errors name the variable or the file, never the value. */
export function resolveSecret(owner: string, reference: SecretReference, sources: SecretSources): string {
  const place = `${owner}: ${placeOf(reference)}`;
  const value = read(reference, sources)?.trim();
  if (value === undefined)
    throw new UnusableInputError([`${place} is not set; set it and start the cell again`]);
  if (value === "") throw new UnusableInputError([`${place} is empty; put the key there`]);
  // What is no visible ASCII cannot be sent in a header (RFC 9110 §5.5), and a line break would start another one.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new UnusableInputError([
      `${place} holds characters that no API key has; check for line breaks and quotes`,
    ]);
  }
  return value;
}

function placeOf(reference: SecretReference): string {
  return reference.kind === "env"
    ? `environment variable \`${reference.name}\``
    : `file \`${reference.path}\``;
}

function read(reference: SecretReference, { environment, policyFile }: SecretSources): string | undefined {
  if (reference.kind === "env") return environment[reference.name];
  return readText("API key file", resolve(dirname(policyFile), reference.path));
}

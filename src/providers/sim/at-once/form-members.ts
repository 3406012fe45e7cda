// A form as the members that a dialect of the simulated engine reads: fields as texts, a file as how many bytes it has.
import { fail, ok, type Result } from "../../../base/index.ts";
import { boundaryOf, engineOperations, type EngineOperationName, scanForm } from "../../../wire/index.ts";
import type { Members } from "../dialect.ts";
import type { VllmError } from "../vllm-error.ts";

export function readForm(
  operation: EngineOperationName,
  { body, contentType }: { readonly body: Uint8Array; readonly contentType: string | undefined },
  servedModel: string,
): Result<Members, VllmError> {
  const row = engineOperations.find(({ name }) => name === operation);
  const boundary = boundaryOf(contentType ?? "");
  if (row?.body !== "multipart" || boundary === null) return wrongForm("a form with a boundary is expected");
  const scanned = scanForm(body, boundary);
  const view = row.read(body, { boundary, scanned });
  if (!scanned.ok || !view.ok) return wrongForm(view.ok ? "no form" : view.error.message);
  const { model, wantsEvents } = view.value;
  if (model !== servedModel)
    return fail({ status: 404, message: `The model \`${model}\` does not exist.`, param: "model" });
  const members = scanned.value.map(({ name, isFile, content: { start, end } }): [string, unknown] => [
    name,
    isFile ? end - start : new TextDecoder().decode(body.subarray(start, end)),
  ]);
  return ok({ ...Object.fromEntries(members), stream: wantsEvents });
}

function wrongForm(message: string): Result<never, VllmError> {
  return fail({ status: 400, message, param: null });
}

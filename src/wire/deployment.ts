// Azure's callers name a deployment in the path, and may leave `model` out of the body: here a deployment is a model by the
// name that the policy gives it, and the body that is decided on and sent says it.
import { concatBytes, decodeUtf8, fail, ok, type Result } from "../base/index.ts";
import { type JsonSpan, readJsonSpan, scanJsonObject } from "./json-members.ts";
import { type FormPart, scanForm } from "./form/multipart.ts";
import type { BodyEdit, FormOperation, JsonOperation, RequestFault } from "./operation.ts";
import { edited } from "./renamed-body.ts";
import { fault, misspeltIn } from "./request-body.ts";

/** The same operation, of the model that the path names. */
export function inDeployment(
  operation: JsonOperation | FormOperation,
  deployment: string,
): JsonOperation | FormOperation {
  return operation.body === "json"
    ? jsonInDeployment(operation, deployment)
    : formInDeployment(operation, deployment);
}

function jsonInDeployment(operation: JsonOperation, deployment: string): JsonOperation {
  return {
    ...operation,
    read(body, scanned = scanJsonObject(body)) {
      if (!scanned.ok) return operation.read(body, scanned);
      const named = withModel(body, scanned.value, deployment);
      return named.ok ? operation.read(named.value.body, ok(named.value.members)) : named;
    },
  };
}

function formInDeployment(operation: FormOperation, deployment: string): FormOperation {
  return {
    ...operation,
    read(body, form) {
      const { boundary, scanned } = form;
      if (!scanned.ok) return operation.read(body, form);
      const part = scanned.value.find(({ name }) => name === "model");
      const said = part && decodeUtf8(body.subarray(part.content.start, part.content.end));
      if (said === deployment) return operation.read(body, form);
      if (part && said !== "") return fail(anotherModel);
      const named = concatBytes(edited(body, [formEdit(part, boundary, deployment)]));
      return operation.read(named, { boundary, scanned: scanForm(named, boundary) });
    },
  };
}

/** Before the first part, where a form that is read here has nothing else. */
function formEdit(part: FormPart | undefined, boundary: string, deployment: string): BodyEdit {
  if (part) return { span: part.content, text: deployment };
  const head = 'content-disposition: form-data; name="model"';
  return { span: { start: 0, end: 0 }, text: `--${boundary}\r\n${head}\r\n\r\n${deployment}\r\n` };
}

const anotherModel = fault(
  "model",
  "names another model than the path; leave it out, or write the same in both",
);

interface NamedBody {
  readonly body: Uint8Array;
  readonly members: ReadonlyMap<string, JsonSpan>;
}

/** Microsoft's own examples write `"model":""`, which names none. */
function withModel(
  body: Uint8Array,
  members: ReadonlyMap<string, JsonSpan>,
  deployment: string,
): Result<NamedBody, RequestFault> {
  const span = members.get("model");
  const said = span && readJsonSpan(body, span);
  if (said === deployment) return ok({ body, members });
  if (said !== undefined && said !== null && said !== "") return fail(anotherModel);
  // `Model` is refused by whoever reads the members, as it is without a deployment.
  if (misspeltIn(members.keys(), ["model"]) !== null) return ok({ body, members });
  return ok(withEdit(body, members, modelEdit(body, { span, isEmpty: members.size === 0, deployment })));
}

interface ModelEdit extends BodyEdit {
  /** Where the name begins in `text`. */
  readonly nameAt: number;
}

/** At the end of the object, where no other member moves. */
function modelEdit(
  body: Uint8Array,
  {
    span,
    isEmpty,
    deployment,
  }: { readonly span: JsonSpan | undefined; readonly isEmpty: boolean; readonly deployment: string },
): ModelEdit {
  const name = JSON.stringify(deployment);
  if (span) return { span, text: name, nameAt: 0 };
  const end = body.lastIndexOf("}".charCodeAt(0));
  const before = `${isEmpty ? "" : ","}"model":`;
  return { span: { start: end, end }, text: before + name, nameAt: before.length };
}

function withEdit(
  body: Uint8Array,
  members: ReadonlyMap<string, JsonSpan>,
  { span, text, nameAt }: ModelEdit,
): NamedBody {
  const changed = concatBytes(edited(body, [{ span, text }]));
  const grown = changed.length - body.length;
  const moved = Array.from(members, ([name, at]): [string, JsonSpan] => [
    name,
    at.start < span.end ? at : { start: at.start + grown, end: at.end + grown },
  ]);
  const model = { start: span.start + nameAt, end: span.end + grown };
  return { body: changed, members: new Map([...moved, ["model", model]]) };
}

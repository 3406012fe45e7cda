// The file that a batch takes its lines from, as it is at each reading.
import type { SubjectKey } from "../../keys/index.ts";
import { ObjectDamagedError, type ObjectHead } from "../../privacy/index.ts";
import type { BatchError } from "../../wire/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import { type InputLine, linesOf } from "./input-lines.ts";

/** Of the batch's tenant. */
export interface BatchInput {
  readonly tenant: string;
  readonly fileId: string;
  /** The batch's own. */
  readonly key: SubjectKey;
}

/** Its lines cannot be read, however often it is tried. `said`: to whoever submitted the batch. */
export class InputLostError extends Error {
  readonly said: BatchError;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = "InputLostError";
    this.said = { code: "input_file_unavailable", message, line: null };
  }
}

/** It was deleted, has expired, or its subject was erased. */
export function inputGone(): InputLostError {
  return new InputLostError("the input file is there no more");
}

const lineOverheadBytes = 4_096;

/** Throws {@link InputLostError}; whatever else it throws may be otherwise the next time. */
export async function* linesOfInput(cell: CellServices, input: BatchInput): AsyncGenerator<InputLine, void> {
  const { key } = input;
  const head = await inputHead(cell, input);
  if (head === null) throw inputGone();
  // An input of an earlier month is under that month's key.
  const itsKey = head.subject === key.handle ? key : await cell.vault.keyAtPlace(head.place);
  if (itsKey?.handle !== head.subject) throw inputGone();
  try {
    yield* linesOf(cell.files.read(head, itsKey), cell.limits.maxBodyBytes + lineOverheadBytes);
  } catch (error) {
    if (error instanceof ObjectDamagedError)
      throw new InputLostError("the input file is damaged", { cause: error });
    throw error;
  }
}

/** Null once it is there no more. */
export async function inputHead(
  { files, now }: CellServices,
  { tenant, fileId }: Pick<BatchInput, "tenant" | "fileId">,
): Promise<ObjectHead | null> {
  const head = await files.find(tenant, fileId);
  return head && head.expiresAtMs > now() ? head : null;
}

// What a simulated engine answers in one piece, of which nothing is decoded.
import type { Result } from "../../../base/index.ts";
import type { EngineOperationName } from "../../../wire/index.ts";
import type { Members } from "../dialect.ts";
import type { Tokens } from "../tokens.ts";
import type { VllmError } from "../vllm-error.ts";

export interface AtOnce {
  /** All that is read for it. */
  readonly prompt: Tokens;
  /** JSON unless it says another. */
  readonly contentType?: string;
  format(about: AnswerNames): string;
}

export interface AnswerNames {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly createdS: number;
}

export interface AtOnceDialect {
  readonly operation: EngineOperationName;
  /** Of a request that is sound as far as its operation's reader looks. */
  read(members: Members): Result<AtOnce, VllmError>;
}

// Every operation of an API that the gateway answers.
import { chatCompletions } from "./openai/chat.ts";
import { model, models } from "./openai/models.ts";
import type { ApiOperation } from "./operation.ts";

export const operations: readonly ApiOperation[] = [chatCompletions, models, model];

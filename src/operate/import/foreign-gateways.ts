import { readBifrost } from "./bifrost.ts";
import type { ForeignGateway } from "./foreign-gateway.ts";
import { readLiteLlm } from "./litellm.ts";
import { readPortkey } from "./portkey.ts";

/** Every gateway whose configuration can be read. Each throws ForeignFileError for a file that is not its own. */
export const foreignGateways: Readonly<Record<string, (file: unknown) => ForeignGateway>> = {
  litellm: readLiteLlm,
  portkey: readPortkey,
  bifrost: readBifrost,
};

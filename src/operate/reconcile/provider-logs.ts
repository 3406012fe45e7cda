import { azureDiagnostics } from "./azure-diagnostics.ts";
import { bedrockInvocationLog, cloudtrail } from "./bedrock-logs.ts";
import type { ProviderLog } from "./provider-log.ts";
import { vertexAudit } from "./vertex-audit.ts";

/** Every kind of log that can be held against the ledger. */
export const providerLogs: readonly ProviderLog[] = [
  cloudtrail,
  bedrockInvocationLog,
  azureDiagnostics,
  vertexAudit,
];

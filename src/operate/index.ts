// What operators and auditors do with a ledger beside serving requests.
export { openBackup, writeBackup } from "./backup/backup-file.ts";
export { type BackupManifest, UnusableBackupError } from "./backup/backup-manifest.ts";
export { backupMembers, type BackupPlan, vaultBackupDays } from "./backup/backup-members.ts";
export { checkRestored, type RestoredLedger, writeRestored } from "./backup/restore-backup.ts";
export { type CompiledReport, compileReport, type ReportQuestion } from "./reports/compile-report.ts";
export { type Report, type ReportRegime, reportRegimes } from "./reports/report.ts";
export { LogChangedError } from "./reports/scan.ts";
export { UnverifiedLogError, type VerifiedLog, verifiedLogs } from "./reports/verified-logs.ts";
export { type ReportVerdict, verifyReport } from "./reports/verify-report.ts";
export { FolderInUseError, requireEmptyFolder, writeReport } from "./reports/write-report.ts";
export { AttemptTable } from "./reconcile/attempt-table.ts";
export { BrokenJsonError } from "./reconcile/json-records.ts";
export { readRecords } from "./reconcile/log-stream.ts";
export type { ProviderLog } from "./reconcile/provider-log.ts";
export { providerLogs } from "./reconcile/provider-logs.ts";
export {
  ForeignLogError,
  type Reconciliation,
  Reconciler,
  UnreadableRecordError,
} from "./reconcile/reconcile.ts";
export { ForeignFileError, type ForeignGateway, type LeftOut } from "./import/foreign-gateway.ts";
export { foreignGateways } from "./import/foreign-gateways.ts";
export { importedText, type ImportedText, type KnownProvider } from "./import/imported-text.ts";

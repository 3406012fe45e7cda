// What operators and auditors do with a ledger beside serving requests.
export { openBackup, writeBackup } from "./backup/backup-file.ts";
export { type BackupManifest, UnusableBackupError } from "./backup/backup-manifest.ts";
export { backupMembers, type BackupPlan, vaultBackupDays } from "./backup/backup-members.ts";
export { checkRestored, type RestoredLedger, writeRestored } from "./backup/restore-backup.ts";

// Files that outlive a loss of power, and what is told when the file system refuses.
export { absentAs, absentAsSync } from "./absent.ts";
export { withDescriptor } from "./descriptor-shortage.ts";
export { DurableDirectories } from "./durable-directories.ts";
export { DurableFiles, writeAll, writeAndClose, writeDurably } from "./durable-files.ts";
export { type FileSystem, nodeFileSystem, type WritableFile } from "./file-system.ts";
export { isLocked, lockDirectory, requireUnlocked } from "./lock.ts";
export { makeDirectories } from "./make-directories.ts";
export { destroyPrivateFile, readOrCreatePrivateFile, replacePrivateFile } from "./private-file.ts";
export { asUnusable, asUnusableState, UnusableInputError } from "./unusable-input.ts";
export { ensureDirectory, writeText } from "./written-file.ts";

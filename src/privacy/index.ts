// What may be done to the keys, holds and records of people, and the records themselves.
export type { AdminAction } from "./actions/admin-action.ts";
export { adminActions, maxCorrections } from "./actions/admin-actions.ts";
export {
  isLifecycleErrorCode,
  LifecycleError,
  type LifecycleErrorCode,
} from "./lifecycle/lifecycle-error.ts";
export { namesEndpoint, Quarantines } from "./lifecycle/quarantines.ts";
export { maxPersonLength, personPattern } from "./lifecycle/person.ts";
export { writeMark } from "./lifecycle/replay-mark.ts";
export { type ContentWriter, ObjectDamagedError, ObjectUnavailableError } from "./objects/object-content.ts";
export type { ObjectHead } from "./objects/object-format.ts";
export { StoredObjects, type StoredObjectsOptions } from "./objects/stored-objects.ts";
export { type ContentRecord, RecordUnavailableError } from "./records/content-record.ts";
export { ContentRecords } from "./records/content-records.ts";
export { AnswerNames, type Partition, type SameRequest } from "./responses/answer-names.ts";
export { type KeptAnswer, ResponseCache } from "./responses/response-cache.ts";
export { type AnswerBytes, openAnswer, sealAnswer } from "./responses/sealed-answer.ts";
export type { LifecycleAccess, LifecycleReadAccess } from "./lifecycle/lifecycle-access.ts";
export { replay } from "./lifecycle/replay.ts";
export { resumeLifecycle } from "./lifecycle/resume.ts";
export { erasureGrounds, holdReasons } from "./lifecycle/grounds.ts";

import { count, handle, hash, logHead, origin, stamp, verifierKey, word } from "./entry-words.ts";
import type {
  AccessEntry,
  ClosedEntry,
  DisclosureEntry,
  ErasureEntry,
  ForkEntry,
  HoldEntry,
  KeyEntry,
  LifecycleEntry,
  RetentionEntry,
  WormEntry,
} from "./lifecycle-entry.ts";
import { type Check, nullable, object, oneOf } from "./schema.ts";

export const lifecycleSchemas: Readonly<Record<LifecycleEntry["t"], Check>> = {
  closed: object<ClosedEntry>({
    ...stamp,
    t: oneOf("closed"),
    next: nullable(object<NonNullable<ClosedEntry["next"]>>({ origin, key: verifierKey })),
  }),
  erasure: object<ErasureEntry>({ ...stamp, t: oneOf("erasure"), subject: handle, ground: word }),
  hold: object<HoldEntry>({
    ...stamp,
    t: oneOf("hold"),
    subject: handle,
    act: oneOf("place", "release"),
    reason: word,
    until: nullable(count),
  }),
  disclosure: object<DisclosureEntry>({ ...stamp, t: oneOf("disclosure"), subject: handle, recipient: word }),
  access: object<AccessEntry>({ ...stamp, t: oneOf("access"), subject: handle, rid: handle }),
  retention: object<RetentionEntry>({ ...stamp, t: oneOf("retention"), log: logHead, days: count }),
  worm: object<WormEntry>({
    ...stamp,
    t: oneOf("worm"),
    log: logHead,
    objects: count,
    manifest: hash,
    until: count,
  }),
  key: object<KeyEntry>({
    ...stamp,
    t: oneOf("key"),
    act: oneOf("rotate", "rewrap"),
    service: word,
    key: hash,
    wrapped: count,
  }),
  fork: object<ForkEntry>({
    ...stamp,
    t: oneOf("fork"),
    act: oneOf("fork", "rollback"),
    known: logHead,
    shown: logHead,
  }),
};

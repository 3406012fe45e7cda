import {
  count,
  handle,
  hash,
  logHead,
  name,
  origin,
  stampOf,
  textName,
  verifierKey,
  word,
} from "./entry-words.ts";
import type {
  AccessEntry,
  ClosedEntry,
  DisclosureEntry,
  ErasureEntry,
  ForkEntry,
  HoldEntry,
  KeyEntry,
  PolicyEntry,
  QuarantineEntry,
  ReleaseEntry,
  RetentionEntry,
  TextName,
  WormEntry,
} from "./lifecycle-entry.ts";
import type { EntryVersion } from "./log-head.ts";
import { type Check, list, nullable, object, oneOf } from "./schema.ts";

/** Kinds that every version has, in the same form. */
export function lifecycleSchemas(version: EntryVersion): Readonly<Record<string, Check>> {
  const stamp = stampOf(version);
  return {
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
    disclosure: object<DisclosureEntry>({
      ...stamp,
      t: oneOf("disclosure"),
      subject: handle,
      recipient: word,
    }),
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
}

/** Kinds that came with version 2. */
export function endpointAndPolicySchemas(version: EntryVersion): Readonly<Record<string, Check>> {
  const stamp = stampOf(version);
  return {
    quarantine: object<QuarantineEntry>({
      ...stamp,
      t: oneOf("quarantine"),
      endpoint: name,
      rid: nullable(handle),
    }),
    release: object<ReleaseEntry>({ ...stamp, t: oneOf("release"), endpoint: name, rid: nullable(handle) }),
    policy: object<PolicyEntry>(
      {
        ...stamp,
        t: oneOf("policy"),
        policy: hash,
        texts: list(object<TextName>({ name: textName, hash })),
        textCount: count,
      },
      {
        holds: ({ texts, textCount }) => textCount >= texts.length,
        expected: "the count covers its list",
      },
    ),
  };
}

// The file form of a trust policy: https://c2sp.org/tlog-policy, "Policy file syntax and structure".
// Names are compared as written; the file must be UTF-8, which the specification strongly recommends.
import { decodeUtf8, encodeUtf8, equalBytes, fail, ok, type Result } from "../../base/index.ts";
import { parseDecimal } from "./checkpoint.ts";
import type { Sha256 } from "../tree/digest.ts";
import { formatNoteKey, type NoteKey, parseNoteKey } from "./note-key.ts";
import { cosignatureType, ed25519Type } from "./signature-type.ts";
import type { Quorum, TrustPolicy } from "./trust-policy.ts";

/** A policy with the places where its logs and witnesses are reached; who only verifies needs none. */
export interface TrustFile extends TrustPolicy {
  /** Of logs and of witnesses. For a witness, the submission prefix (https://c2sp.org/tlog-witness). */
  readonly urls: ReadonlyMap<NoteKey, string>;
}

/** Witnesses are named like their keys, groups `group-1` and so on. */
export function formatTrustPolicy({ logs, witnesses, quorum, urls }: TrustFile): Uint8Array<ArrayBuffer> {
  const withUrl = (key: NoteKey): string => [formatNoteKey(key), urls.get(key) ?? ""].join(" ").trimEnd();
  const groups: string[] = [];
  const name = nameQuorum(quorum, groups);
  const lines = [
    ...logs.map((key) => `log ${withUrl(key)}`),
    ...witnesses.map((key) => `witness ${key.name} ${withUrl(key)}`),
    ...groups,
    `quorum ${name}`,
  ];
  return encodeUtf8(lines.map((line) => `${line}\n`).join(""));
}

export function parseTrustPolicy(sha256: Sha256, bytes: Uint8Array): Result<TrustFile, string> {
  const text = decodeUtf8(bytes);
  if (text === null) return fail("the policy is not UTF-8");
  // A file that was cut short could otherwise name another, weaker quorum.
  if (!text.endsWith("\n")) return fail("the policy does not end with a newline");
  const draft: Draft = {
    sha256,
    logs: [],
    names: new Map(),
    members: new Set(),
    urls: new Map(),
    quorum: null,
  };
  for (const [at, line] of text.slice(0, -1).split("\n").entries()) {
    const fault = readLine(draft, line);
    if (fault !== null) return fail(`line ${at + 1}: ${fault}`);
  }
  const { logs, names, urls, quorum } = draft;
  if (quorum === null) return fail("there is no `quorum` line");
  return ok({ logs, witnesses: witnessKeys(names), quorum, urls });
}

/** The name that stands for it in the file; the lines that define it go to `groups`. */
function nameQuorum(quorum: Quorum, groups: string[]): string {
  if (quorum.kind === "none") return "none";
  if (quorum.kind === "witness") return quorum.key.name;
  const members = quorum.members.map((member) => nameQuorum(member, groups));
  const name = `group-${groups.length + 1}`;
  groups.push(`group ${name} ${quorum.least} ${members.join(" ")}`);
  return name;
}

interface Draft {
  readonly sha256: Sha256;
  readonly logs: NoteKey[];
  /** Witnesses and groups, which share a namespace. */
  readonly names: Map<string, Quorum>;
  /** "Each defined name can be listed as a group member at most once", in any group. */
  readonly members: Set<string>;
  readonly urls: Map<NoteKey, string>;
  quorum: Quorum | null;
}

/** What is wrong with the line, or null. */
function readLine(draft: Draft, line: string): string | null {
  if (hasForbiddenCharacter(line)) return "it holds a control character";
  const [keyword = "", ...words] = line.split(/[ \t]+/).filter((word) => word !== "");
  if (keyword === "" || keyword.startsWith("#")) return null;
  switch (keyword) {
    case "log":
      return readLog(draft, words);
    case "witness":
      return readWitness(draft, words);
    case "group":
      return readGroup(draft, words);
    case "quorum":
      return readQuorum(draft, words);
    default:
      return "it begins with none of `log`, `witness`, `group`, `quorum`, `#`";
  }
}

function readLog({ sha256, logs, urls }: Draft, words: readonly string[]): string | null {
  const [vkey, url, ...rest] = words;
  if (vkey === undefined || rest.length > 0) return "expected `log <vkey> [<url>]`";
  const key = parseNoteKey(sha256, vkey);
  if (!key.ok) return key.error;
  if (key.value.type !== ed25519Type) return "a log's key has signature type 1";
  if (hasKey(logs, key.value)) return "a line before has the same public key";
  logs.push(key.value);
  if (url !== undefined) urls.set(key.value, url);
  return null;
}

function readWitness({ sha256, names, urls }: Draft, words: readonly string[]): string | null {
  const [name, vkey, url, ...rest] = words;
  if (name === undefined || vkey === undefined || rest.length > 0) {
    return "expected `witness <name> <vkey> [<url>]`";
  }
  const key = parseNoteKey(sha256, vkey);
  if (!key.ok) return key.error;
  if (key.value.type !== cosignatureType) return "a witness's key has signature type 4";
  if (hasKey(witnessKeys(names), key.value)) return "a line before has the same public key";
  if (url !== undefined) urls.set(key.value, url);
  return define(names, name, { kind: "witness", key: key.value });
}

function readGroup({ names, members }: Draft, words: readonly string[]): string | null {
  const [name, rule = "", ...listed] = words;
  if (name === undefined || listed.length === 0) return "expected `group <name> all|any|<k> <name>...`";
  const least = rule === "all" ? listed.length : rule === "any" ? 1 : parseDecimal(rule);
  if (least === null || least < 1 || least > listed.length) {
    return `a group of ${listed.length} needs \`all\`, \`any\` or a number from 1 to ${listed.length}`;
  }
  const group: Quorum[] = [];
  for (const member of listed) {
    const found = names.get(member);
    if (found === undefined) return `\`${member}\` is not defined on a line before`;
    if (members.has(member)) return `\`${member}\` is a member already`;
    members.add(member);
    group.push(found);
  }
  return define(names, name, { kind: "group", least, members: group });
}

function readQuorum(draft: Draft, words: readonly string[]): string | null {
  const [name, ...rest] = words;
  if (name === undefined || rest.length > 0) return "expected `quorum <name>` or `quorum none`";
  if (draft.quorum !== null) return "there is a `quorum` line already";
  const quorum: Quorum | undefined = name === "none" ? { kind: "none" } : draft.names.get(name);
  if (quorum === undefined) return `\`${name}\` is not defined on a line before`;
  draft.quorum = quorum;
  return null;
}

function define(names: Map<string, Quorum>, name: string, quorum: Quorum): string | null {
  if (name === "none" || names.has(name)) return `\`${name}\` is defined already`;
  names.set(name, quorum);
  return null;
}

function witnessKeys(names: ReadonlyMap<string, Quorum>): NoteKey[] {
  return [...names.values()].flatMap((defined) => (defined.kind === "witness" ? [defined.key] : []));
}

/** "Two vkeys are considered duplicate if they wrap the same underlying public key" */
function hasKey(keys: readonly NoteKey[], { publicKey }: NoteKey): boolean {
  return keys.some((key) => equalBytes(key.publicKey, publicKey));
}

/** "the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF" */
function hasForbiddenCharacter(line: string): boolean {
  return Array.from(line).some(
    (character) => (character < " " && character !== "\t") || character === "\u007f",
  );
}

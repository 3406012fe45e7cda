import type { Regime } from "../../law/index.ts";
import { type Finding, type Problem, quote } from "../yaml/finding.ts";
import { closest } from "../yaml/suggest.ts";
import { replacement } from "./override.ts";
import { parsePack } from "./parse-pack.ts";
import { type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export interface PackText {
  readonly file: string;
  readonly text: string;
  /** The shipped file of the same name that it stands in front of, if it is an organisation's own. */
  readonly shadows?: string | null;
}

interface PinnedPack {
  readonly regime: Regime;
  readonly source: PackText;
  /** Where the policy names it. */
  readonly use: Located;
}

export interface PinnedPacks {
  /** In the policy's order. Those that could be read; whether that is all of them shows in the findings. */
  readonly packs: readonly PinnedPack[];
  readonly isComplete: boolean;
  /** About the policy. */
  readonly problems: readonly Problem[];
  /** About the packs' own files. */
  readonly findings: readonly Finding[];
}

/** Where packs and providers come from. */
export interface PackShelf {
  /**
   * Returns null for a pack that does not exist. It is asked only for names of lower-case letters, digits and `-`, which
   * for providers have `providers/` before them.
   */
  readonly readPack: (id: string) => PackText | null;
  /** The names that there are, for whoever mistypes one. */
  readonly packNames?: (kind: "packs" | "providers") => readonly string[];
}

/** `did you mean …?` where a name that exists is near, and `otherwise` where none is. */
export function hintFor(id: string, names: readonly string[], otherwise: string): string {
  const meant = closest(id, names);
  return meant === null ? otherwise : `did you mean ${quote(meant)}?`;
}

/** Reads the packs that `law.packs` names. */
export function readPinnedPacks(root: YamlNode, { readPack, packNames }: PackShelf): PinnedPacks {
  const packs: PinnedPack[] = [];
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const pins = locate(root, "law", "packs", "*");
  const seen = new Set<string>();
  for (const pin of pins) {
    const id = textOf(pin.node) ?? "";
    if (!isPackName(id)) continue;
    if (seen.has(id)) {
      problems.push({ ...whereIs(pin), found: `${quote(id)} a second time`, expected: "each pack once" });
      continue;
    }
    seen.add(id);
    const source = readPack(id);
    if (!source) {
      const hint = hintFor(id, packNames?.("packs") ?? [], "a pack is a file `packs/<name>.yaml`");
      problems.push({ ...whereIs(pin), found: quote(id), expected: "the name of a pack that exists", hint });
      continue;
    }
    const parsed = parsedOnce(source, id);
    if (!parsed.ok) {
      findings.push(...parsed.error);
      continue;
    }
    const { regime, reason } = parsed.value;
    packs.push({ regime, source, use: pin });
    problems.push(...doubts(pin, regime));
    if (reason !== null) problems.push({ ...whereIs(pin), ...replacement(id, reason) });
  }
  return { packs, isComplete: packs.length === pins.length, problems, findings };
}

/**
 * By what they were parsed from, oldest first: a reload, and whoever reads many policies, finds most packs as they were.
 * Nobody can tell, but by the clock.
 */
const parsedTexts = new Map<string, ReturnType<typeof parsePack>>();
/** More than there are packs: of edited ones, no more than this are remembered. */
const maxParsedTexts = 128;

function parsedOnce(pack: PackText, id: string): ReturnType<typeof parsePack> {
  const source = JSON.stringify([id, pack.file, pack.shadows ?? null, pack.text]);
  const known = parsedTexts.get(source);
  if (known) return known;
  const parsed = parsePack({ ...pack, id });
  for (const oldest of parsedTexts.keys()) {
    if (parsedTexts.size < maxParsedTexts) break;
    parsedTexts.delete(oldest);
  }
  parsedTexts.set(source, parsed);
  return parsed;
}

/** A name goes into a path: nothing else may reach `readPack`. The schema reports what is none. */
function isPackName(id: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(id);
}

/** Such a pack is lawful to pin, and whoever signs the policy should know on what it rests. */
function doubts(pin: Located, { id, confidence }: Regime): readonly Problem[] {
  if (confidence === "verified" || confidence === "secondary") return [];
  return [
    {
      ...whereIs(pin),
      severity: "warning",
      found: `${quote(id)}, a pack whose confidence is \`${confidence}\``,
      expected: "`verified` or `secondary`",
      hint: "have counsel read its sources before you rely on it",
    },
  ];
}

function whereIs({ node, path }: Located): Pick<Problem, "at" | "path"> {
  return { at: node.at, path };
}

// docs/law/how-sure.md: what each pack rests on, for whoever answers for it. Written from the packs.
import { formatDay } from "../src/base/index.ts";
import { confidenceWords } from "../src/cli/law/packs/pack-text.ts";
import { ruleConfidences } from "../src/cli/law/packs/pack-confidences.ts";
import type { Confidence, Regime } from "../src/law/index.ts";

export interface ReadPack {
  readonly regime: Regime;
  readonly text: string;
}

const head = `# How sure is this?

<!-- Written by \`node tools/generate-docs.ts\` from the files in packs/. Change those. -->

A pack is a reading of a law, and no reading is certain. This page says of each on what it rests, what in it rests on something else, where that can be read, and
what it does not state. \`bailiwick packs show NAME\` tells one rule by rule; \`bailiwick packs outdated\` names those whose review is due. What a pack does not state is
**unknown** to Bailiwick, and requests that need it are refused.

| word | means |
|---|---|
| \`verified\` | ${confidenceWords.verified} |
| \`secondary\` | ${confidenceWords.secondary} |
| \`background\` | ${confidenceWords.background} |
| \`unconfirmed\` | ${confidenceWords.unconfirmed} |

`;

/** Markdown. */
export function howSurePage(packs: readonly ReadPack[]): string {
  const counts = new Map<Confidence, number>();
  for (const { regime } of packs) counts.set(regime.confidence, (counts.get(regime.confidence) ?? 0) + 1);
  const summary = Array.from(counts, ([confidence, count]) => `${count} ${confidence}`).join(", ");
  const rows = packs.map(rowOf);
  const columns = [
    "pack",
    "rests on",
    "version",
    "review by",
    "rules on another footing",
    "read where",
    "does not state",
  ];
  return `${head}${packs.length} packs: ${summary}.\n\n${table(columns, rows)}\n`;
}

function rowOf({ regime, text }: ReadPack): readonly string[] {
  const others = Array.from(ruleConfidences(text), ([name, confidence]) => `${name}: ${confidence}`);
  const sources = regime.sources.map(({ law, article, url }) =>
    url === null ? `${law}, ${article}` : `[${law}, ${article}](${url})`,
  );
  const holes = regime.holes.map(({ what, filledBy }) =>
    filledBy === null ? what : `${what} (\`${filledBy}\`)`,
  );
  return [
    `[\`${regime.id}\`](../../packs/${regime.id}.yaml)`,
    regime.confidence,
    regime.version,
    formatDay(regime.reviewByMs),
    others.join("; "),
    sources.join("; "),
    [...new Set(holes)].join("; "),
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => "---"), ...rows];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

// docs/law/packs.md and docs/law/providers.md, written from the files that they list.
import { dayMs, formatDay, formatInstant, type InstantMs } from "../../base/index.ts";
import type { Regime, Validity } from "../../law/index.ts";
import type { ProviderDocument, ProviderRegion } from "./provider-schema.ts";
import type { Zone } from "./vocabulary.ts";

const packsProse = `# The packs

<!-- Written by \`node tools/generate-docs.ts\` from the files in packs/. Change those. -->

Each is one law as data, in a file of its name in \`packs/\`; \`bailiwick packs show NAME\` prints it. \`confidence\` says on what it rests: \`verified\`, the official
text or a digest that cites it; \`secondary\`, other public material; \`background\`, common knowledge that was not read again; \`unconfirmed\`, what could not be
confirmed. A file of your own in \`packs/\` beside your policy takes a pack's place only if it says \`overrides: NAME\` and a \`reason\`.

Statuses, purposes, volumes and certifications that a pack reads are words of that pack: a tenant's or an operator's contract says them in a policy.`;

/** These are not law yet, so there is nothing true that a pack could say of them. */
const pendingProse = `## Pending

Not law yet, so no pack: a pack says what holds.

| proposal | what it would say | state |
|---|---|---|
| European certification scheme for cloud services (EUCS) | assurance levels for clouds | candidate scheme (September 2026); see also the proposal COM(2026) 11 |
| Cloud and AI Development Act | four levels of sovereignty for the public sector's cloud and AI | proposed on 3 June 2026 |`;

/** Markdown. */
export function packReference(regimes: readonly Regime[]): string {
  const rows = regimes.map((regime) =>
    row([
      `[\`${regime.id}\`](../../packs/${regime.id}.yaml)`,
      regime.title,
      regime.sources.map(({ law, article }) => `${law}, ${article}`).join("; "),
      regime.rule,
      periodOf(regime.effective),
      regime.confidence,
      formatDay(regime.reviewByMs),
    ]),
  );
  const head = ["pack", "title", "law and article", "rule", "effective", "confidence", "review by"];
  return `${[packsProse, table(head, rows), pendingProse].join("\n\n")}\n`;
}

const providersProse = `# The providers

<!-- Written by \`node tools/generate-docs.ts\` from the files in packs/providers/. Change those. -->

An endpoint that says \`provider:\` and \`region:\` takes its places and its operator from here, and cannot contradict them. A request might compute in any place
of the set, so a law must let data go to all of them. **Unknown** means that nobody can say; no law lets data go there. An endpoint that you run yourself, or whose place a
contract of yours names, says \`place\` and \`operator\` instead. Certifications that are not listed were not read: say them in your policy if you hold the proof.

What a label rests on is never more than contract and selection, unless \`evidence\` says so: E4 the provider's log names the region, E3 the answer names a geography, E2 a
header names a region of undocumented meaning, E1 contract and selection, E0 nothing.`;

/** Markdown. */
export function providerReference(providers: readonly ProviderDocument[]): string {
  const chapters = providers.map((provider) => {
    const { id, title, operator, regions, confidence, review_by, sources } = provider;
    const read = sources.map(({ document, url }) => (url === undefined ? document : `[${document}](${url})`));
    const parents = operator.parents.map(({ home }) => home);
    const control = [operator.home, ...parents].join(", ");
    const about = `${title}. Operator \`${operator.id}\`, controlled from ${control}. Confidence: ${confidence}; review by ${formatDay(review_by)}. Sources: ${read.join("; ")}.`;
    const rows = Object.entries(regions).map(([label, region]) => row(regionCells(label, region)));
    const regionTable = table(regionHead, rows);
    return [`## \`${id}\``, about, regionTable, ...namedPlaces(provider)].join("\n\n");
  });
  return `${[providersProse, ...chapters].join("\n\n")}\n`;
}

const regionHead = [
  "region",
  "might compute in",
  "might store in",
  "for models",
  "for operations",
  "evidence",
];

function namedPlaces({ places }: ProviderDocument): readonly string[] {
  const named = Object.entries(places).map(([name, { name: known }]) => `\`${name}\` ${known}`);
  return named.length === 0 ? [] : [`By the names in its logs and lists: ${named.join("; ")}.`];
}

function regionCells(
  label: string,
  { computes, stores, models, serves, evidence }: ProviderRegion,
): readonly string[] {
  const [known, served] = [models, serves].map((names) => names?.join(", ") ?? "all");
  return [`\`${label}\``, zoneName(computes), zoneName(stores), known ?? "", served ?? "", evidence];
}

function zoneName(zone: Zone | undefined): string {
  return zone?.name ?? "**unknown**";
}

function periodOf({ fromMs, untilMs }: Validity): string {
  const since = fromMs === null ? "in force" : `since ${momentOf(fromMs)}`;
  return untilMs === null ? since : `${since}, until ${momentOf(untilMs)}`;
}

/** To the minute, where that is not midnight UTC: `2027-05-12T18:30Z`. */
function momentOf(instantMs: InstantMs): string {
  if (instantMs % dayMs === 0) return formatDay(instantMs);
  return `${formatInstant(instantMs).slice(0, "yyyy-mm-ddThh:mm".length)}Z`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [row(head), `|${"---|".repeat(head.length)}`, ...rows].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

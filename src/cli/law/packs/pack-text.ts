// A pack as a lawyer reads it: rule by rule, with where it can be read, what it does not say, and how sure it is.
import { dayMs, formatDay } from "../../../base/index.ts";
import type { Confidence, MechanismRule, Regime, Validity } from "../../../law/index.ts";
import { formatTable } from "../../terminal/table.ts";
import { wrap } from "../../terminal/wrap.ts";
import { contractName } from "./pack-confidences.ts";
import { conditionWords, placeWords } from "./condition-words.ts";

export interface PackTold {
  readonly regime: Regime;
  /** Confidence of single rules that differ from the pack's, by the rule's name. */
  readonly confidences: ReadonlyMap<string, Confidence>;
}

export function formatPack({ regime, confidences }: PackTold): string {
  return [
    heading(regime),
    chapter("What it rules", ruleLines(regime, confidences)),
    chapter("Where data may go freely", destinationLines(regime, confidences)),
    chapter(
      "Under which tools it may go elsewhere",
      regime.mechanisms.flatMap((rule) => toolLines(rule, confidences)),
    ),
    chapter(
      "Which contracts it asks for",
      regime.contracts.flatMap((rule) => contractLines(rule, confidences)),
    ),
    chapter("Duties that come with it", regime.obligations.flatMap(item)),
    chapter("What it does not state", regime.holes.flatMap(holeLines)),
    chapter("Where this can be read", regime.sources.flatMap(sourceLines)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function heading({ id, title, version, effective, confidence, reviewByMs }: Regime): string {
  const rows = [
    ["pack", id],
    ["version", version],
    ["in force", period(effective)],
    ["rests on", confidenceWords[confidence]],
    ["review by", formatDay(reviewByMs)],
  ] as const;
  return `${wrap(title, 0)}\n\n${formatTable(["FACT", "VALUE"], rows)}`;
}

export const confidenceWords: Readonly<Record<Confidence, string>> = {
  verified: "the official text, or a digest that cites it, read for this version",
  secondary: "other public material, not the text itself",
  background: "common knowledge of the field, not read again",
  unconfirmed: "could not be confirmed",
};

function chapter(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`${title}:`, ...lines].join("\n");
}

function item(text: string): readonly string[] {
  return [wrap(`  - ${text}`, 4)];
}

function ruleLines(regime: Regime, confidences: PackTold["confidences"]): readonly string[] {
  const { covers, coversClasses, appliesWhen, operatorConstraints, maxRetentionDays, remoteAccess } = regime;
  const classes = coversClasses === null ? "all data" : `${[...coversClasses].join(", ")} data`;
  return [
    ...item(`it applies where ${conditionWords(appliesWhen)}`),
    ...item(ruleWords(regime)),
    ...(covers.size > 0 ? item(`it states the law of ${placeWords(covers)} for ${classes}`) : []),
    ...operatorConstraints.flatMap((constraint) => constraintLines(constraint, confidences)),
    ...(maxRetentionDays === null ? [] : item(`what was sent is kept for ${maxRetentionDays} days at most`)),
    ...(remoteAccess.size > 0
      ? item(`reaching in from elsewhere counts, by ${[...remoteAccess].join(", ")}`)
      : []),
  ];
}

function ruleWords({ rule, home, deniedDestinations, governs, transientDays }: Regime): string {
  const what = governs === "storage" ? "data at rest" : "data";
  const brief =
    transientDays === null ? "" : `; what is kept for ${transientDays} days at most does not rest`;
  switch (rule) {
    case "hard_local":
      return `${what} stays in ${placeWords(home)}${brief}`;
    case "conditional":
      return `${what} leaves ${placeWords(home)} only for the places, or under the tools, below${brief}`;
    case "denylist":
    case "export_control":
      return `${what} may go anywhere but to ${placeWords(deniedDestinations)}`;
    case "operator":
      return "it limits who runs a machine, and no place";
    case "terms":
      return "it brings duties, and bars no place";
    default:
      return rule satisfies never;
  }
}

function constraintLines(
  constraint: Regime["operatorConstraints"][number],
  confidences: PackTold["confidences"],
): readonly string[] {
  const { denyControlFrom, allowControlFrom, requiresCertification, article } = constraint;
  const limits = [
    ...(denyControlFrom.size > 0 ? [`no operator controlled from ${placeWords(denyControlFrom)}`] : []),
    ...(allowControlFrom === null ? [] : [`operators controlled from ${placeWords(allowControlFrom)} alone`]),
    ...(requiresCertification === null ? [] : [`operators certified under ${requiresCertification.scheme}`]),
    ...sureness(confidences, article),
  ];
  return item(`${limits.join(", ")} (${article})`);
}

function destinationLines(
  { freeDestinations }: Regime,
  confidences: PackTold["confidences"],
): readonly string[] {
  return freeDestinations.flatMap((free) => {
    const limits = [
      ...(free.classes === null ? [] : [`for ${[...free.classes].join(", ")} data`]),
      ...(free.exceptClasses.size > 0 ? [`not for ${[...free.exceptClasses].join(", ")} data`] : []),
      ...(free.requiresCertification === null
        ? []
        : [`to recipients listed under ${free.requiresCertification.scheme}`]),
      ...(free.requiresStanding === null ? [] : [`to recipients that are ${free.requiresStanding}`]),
      ...sureness(confidences, free.instrument),
    ];
    return item(
      [`${placeWords(free.places)}: ${free.instrument}`, period(free.validity), ...limits].join(", "),
    );
  });
}

function toolLines(rule: MechanismRule, confidences: PackTold["confidences"]): readonly string[] {
  const limits = [
    ...(rule.places === null ? [] : [`opens ${placeWords(rule.places)} alone`]),
    ...(rule.importers === null ? [] : [`to importers in ${placeWords(rule.importers)}`]),
    ...(rule.isForImportersAbroad ? ["with an importer abroad"] : []),
    ...(rule.exporterRole === null ? [] : [`for an exporter that is a ${rule.exporterRole}`]),
    ...(rule.classes === null ? [] : [`for ${[...rule.classes].join(", ")} data`]),
    ...(rule.requires === null ? [] : [`where ${conditionWords(rule.requires)}`]),
    ...(rule.isExceptional ? ["granted in single cases"] : []),
    ...(rule.enabled ? [] : ["switched off"]),
    ...sureness(confidences, rule.kind),
  ];
  return item([`${rule.kind} (${rule.article}), with ${rule.documents.join(", ")}`, ...limits].join("; "));
}

function contractLines(
  rule: Regime["contracts"][number],
  confidences: PackTold["confidences"],
): readonly string[] {
  const name = contractName(rule);
  const when = rule.when === null ? [] : [`where ${conditionWords(rule.when)}`];
  return item([name, ...when, ...sureness(confidences, name)].join(", "));
}

function holeLines({ places, sectors, classes, what, filledBy }: Regime["holes"][number]): readonly string[] {
  const whose = [
    placeWords(places),
    ...(sectors === null ? [] : [`sector ${[...sectors].join(", ")}`]),
    ...(classes === null ? [] : [`${[...classes].join(", ")} data`]),
  ];
  return item(`${what} (${whose.join("; ")})${filledBy === null ? "" : `: see ${filledBy}`}`);
}

function sourceLines({ law, article, url, says }: Regime["sources"][number]): readonly string[] {
  return [
    ...item(`${law}, ${article}`),
    ...(says === null ? [] : [wrap(`    ${says}`, 4)]),
    ...(url === null ? [] : [`    ${url}`]),
  ];
}

function sureness(confidences: PackTold["confidences"], name: string): readonly string[] {
  const confidence = confidences.get(name);
  return confidence === undefined ? [] : [`on ${confidenceWords[confidence]}`];
}

function period({ fromMs, untilMs }: Validity): string {
  const since = fromMs === null ? "" : `since ${lawDay(fromMs)}`;
  const until = untilMs === null ? "" : `until ${lawDay(untilMs)}`;
  return [since, until].filter((part) => part !== "").join(" ") || "without a date";
}

/** A law's day begins at its own midnight, up to half a day from that of UTC. */
function lawDay(instantMs: number): string {
  return formatDay(instantMs + dayMs / 2);
}

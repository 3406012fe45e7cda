// Between whom a transfer tool is made: a module of standard clauses for two processors carries nothing for a controller.
import { includesPlace } from "../../base/index.ts";
import type { Siting } from "../policy/endpoint.ts";
import { type Role, roles } from "../policy/facts.ts";
import type { MechanismRule, Regime } from "../policy/regime.ts";
import type { Reading } from "./reading.ts";
import { formatPlaces } from "./verdict.ts";

/** Whether the kind of tool is made between such parties; null when it is. */
export function wrongParty(
  { kind, importers, isForImportersAbroad, exporterRole }: MechanismRule,
  { home }: Regime,
  { siting, reading }: { readonly siting: Siting; readonly reading: Reading },
): string | null {
  const { id, home: importer } = siting.operator;
  const { role } = reading.facts.attested;
  if (importers !== null && !includesPlace(importers, importer)) {
    return `\`${kind}\` is for importers at home in ${formatPlaces(importers)}, and \`${id}\` is in \`${importer}\``;
  }
  if (isForImportersAbroad && includesPlace(home, importer)) {
    return `\`${kind}\` is made with an importer abroad, and \`${id}\` is at home`;
  }
  if (exporterRole === null || role === null || role === exporterRole) return null;
  return `\`${kind}\` is for an exporter that is a ${exporterRole}, and this one is a ${role}`;
}

/** What the exporter must be for any of these tools to carry, where he has not said what he is. Empty where one carries anyway. */
export function assumedRoles(tools: readonly MechanismRule[], { facts }: Reading): readonly Role[] {
  if (facts.attested.role !== null) return [];
  const asked = new Set(tools.map(({ exporterRole }) => exporterRole));
  const isCarried = asked.has(null) || asked.size === roles.length;
  return isCarried ? [] : [...asked].filter((role) => role !== null);
}

// Where the verdict that is derived again is not the recorded one.
import { canonicalJson, type Json } from "../../../base/index.ts";
import type { AllowedEndpoint, StoredDecision } from "../../../ledger/index.ts";
import type { Ruling } from "./derive-again.ts";

/** How a ruling differs from the record; empty where it is the same. Order is no difference: it is a wish, and no law. */
export function differencesFrom(recorded: StoredDecision, ruling: Ruling): readonly string[] {
  const [was, is] = [recorded, ruling].map(({ verdict, error }) => error ?? verdict);
  return [
    ...(was === is ? [] : [`recorded was ${was}, and it comes to ${is}`]),
    ...endpointDifferences(recorded, ruling),
    ...blockDifferences(recorded, ruling),
    ...setDifferences("law", recorded.regimes, ruling.regimes),
    ...setDifferences("obligation", recorded.obligations, ruling.obligations),
  ];
}

function endpointDifferences({ allowed, allowedCount }: StoredDecision, ruling: Ruling): readonly string[] {
  const again = new Map(ruling.allowed.map((each) => [each.endpoint, each]));
  const known = new Set(allowed.map(({ endpoint }) => endpoint));
  const gone = allowed.filter(({ endpoint }) => !again.has(endpoint));
  const other = allowed.filter((each) => {
    const same = again.get(each.endpoint);
    return same !== undefined && textOf(same) !== textOf(each);
  });
  // More than fit into an entry are counted there and not named.
  const isCut = allowedCount > allowed.length && allowedCount === again.size;
  const added = isCut ? [] : ruling.allowed.filter(({ endpoint }) => !known.has(endpoint));
  return [
    ...gone.map(({ endpoint }) => `endpoint ${endpoint} was allowed, and is not`),
    ...added.map(({ endpoint }) => `endpoint ${endpoint} was not allowed, and is`),
    ...other.map(({ endpoint }) => `endpoint ${endpoint} was allowed on other grounds, or for other places`),
  ];
}

function blockDifferences({ blocked, blockedCount }: StoredDecision, ruling: Ruling): readonly string[] {
  const was = blocked.map(blockText);
  const is = ruling.blocked.map(blockText);
  const isCut = blockedCount > blocked.length && blockedCount === is.length;
  return [
    ...was.filter((block) => !is.includes(block)).map((block) => `${block} was recorded, and does not block`),
    ...(isCut
      ? []
      : is.filter((block) => !was.includes(block)).map((block) => `${block} blocks, and was not recorded`)),
  ];
}

function blockText({ target, rule }: Pick<Ruling["blocked"][number], "target" | "rule">): string {
  return `rule ${rule} on ${target}`;
}

function setDifferences(kind: string, was: readonly string[], is: readonly string[]): readonly string[] {
  return [
    ...was
      .filter((each) => !is.includes(each))
      .map((each) => `${kind} ${each} was recorded, and is not there`),
    ...is
      .filter((each) => !was.includes(each))
      .map((each) => `${kind} ${each} is there, and was not recorded`),
  ];
}

/** Grounds in no order: it is the policy's, and says nothing. */
function textOf({ grounds, ...rest }: AllowedEndpoint): string {
  const texts = grounds.map((ground) => canonicalJson(ground as unknown as Json)).toSorted();
  return canonicalJson({ ...rest, grounds: texts });
}

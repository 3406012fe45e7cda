// Endpoints and models of a policy, from what another gateway's file said. What nobody said is `?`, which no policy may
// hold: so `check` names each place that somebody has to find out, and nothing is guessed.
import type { ForeignEndpoint, ForeignGateway, ForeignModel, ForeignServing } from "./foreign-gateway.ts";

/** A provider whose regions are known. */
export interface KnownProvider {
  readonly id: string;
  readonly regions: Readonly<
    Record<string, { readonly url?: string | undefined; readonly host?: string | undefined }>
  >;
}

export interface ImportedText {
  readonly endpoints: string;
  readonly models: string;
  /** How many `?` there are. */
  readonly unknownCount: number;
}

export function importedText(
  { endpoints, models }: ForeignGateway,
  cell: string,
  providers: readonly KnownProvider[],
): ImportedText {
  const written = endpoints.map((endpoint) => endpointText(endpoint, cell, providers)).join("\n");
  const served = models.map(modelText).join("\n");
  const unknownCount = (written + served).split('"?"').length - 1;
  return { endpoints: written, models: served, unknownCount };
}

function endpointText(endpoint: ForeignEndpoint, cell: string, providers: readonly KnownProvider[]): string {
  const { name, engine, keyVariable, query, remarks } = endpoint;
  const sited = siting(endpoint, providers);
  const secret = keyVariable === null ? null : JSON.stringify(`\${env:${keyVariable}}`);
  const members = [
    `cell: ${cell}`,
    `engine: ${engine}`,
    ...sited.members,
    // A value in it may be any text, and `?` too: so nobody knows the whole.
    ...(query === null ? ['query: "?"'] : Object.keys(query).length === 0 ? [] : [`query: ${flow(query)}`]),
    ...(secret === null ? [] : [`key: ${secret}`]),
  ];
  const comments = [...remarks, ...sited.remarks].map((remark) => `  # ${remark}\n`).join("");
  return `${comments}  ${name}: { ${members.join(", ")} }`;
}

interface Sited {
  readonly members: readonly string[];
  readonly remarks: readonly string[];
}

/** A provider's region, where its address chooses one; else whoever imports it has to say. */
function siting({ engine, url, region }: ForeignEndpoint, providers: readonly KnownProvider[]): Sited {
  if (url === null) return sitingAnywhere(engine, providers);
  const all = providers.flatMap(({ id, regions }) =>
    Object.entries(regions).flatMap(([label, where]) => (isAt(url, where) ? [{ id, label, where }] : [])),
  );
  // One address may lead to several regions, of which a file may name the one.
  const named = all.filter(({ label }) => label === region);
  const found = named.length > 0 ? named : all;
  const [first] = found;
  if (!first) {
    const said = region === null ? [] : [`the file calls its region ${JSON.stringify(region)}`];
    return {
      members: [`url: ${JSON.stringify(url)}`, 'operator: "?"', 'place: "?"'],
      remarks: ["who runs it, and where does it compute?", ...said],
    };
  }
  const address = first.where.url === undefined ? [`url: ${JSON.stringify(url)}`] : [];
  const support = 'support: "?"';
  if (found.length === 1)
    return {
      members: [`provider: ${first.id}`, `region: ${first.label}`, ...address, support],
      remarks: ["from where do its people reach in?"],
    };
  const labels = found.map(({ label }) => label).join(", ");
  return {
    members: [`provider: ${first.id}`, 'region: "?"', ...address, support],
    remarks: ["from where do its people reach in?", `its region is one of ${labels}`],
  };
}

/** Of an address that nobody knows yet: an engine of one provider is that provider's. */
function sitingAnywhere(engine: ForeignEndpoint["engine"], providers: readonly KnownProvider[]): Sited {
  if (providers.some(({ id }) => id === engine))
    return {
      members: [`provider: ${engine}`, 'region: "?"', 'url: "?"', 'support: "?"'],
      remarks: ["from where do its people reach in?"],
    };
  return {
    members: ['url: "?"', 'operator: "?"', 'place: "?"'],
    remarks: ["who runs it, and where does it compute?"],
  };
}

function isAt(url: string, { url: own, host }: KnownProvider["regions"][string]): boolean {
  if (own !== undefined) return url === own;
  const name = URL.canParse(url) ? new URL(url).hostname : "";
  if (host === undefined) return false;
  return host.startsWith("*.") ? name.endsWith(host.slice(1)) : name === host;
}

function modelText({ alias, servedBy }: ForeignModel): string {
  const factor = shareFactor(servedBy);
  const rows = servedBy.map((serving) => `      ${serving.endpoint}: ${servingText(serving, factor)}`);
  return [`  ${JSON.stringify(alias)}:`, "    served-by:", ...rows].join("\n");
}

/** `factor`: null where nobody has a weight. */
function servingText({ model, order, weight }: ForeignServing, factor: number | null): string {
  const members = [
    `model: ${JSON.stringify(model)}`,
    ...(order === 1 ? [] : [`order: ${order}`]),
    ...(factor === null ? [] : [`weight: ${Math.max(1, Math.round((weight ?? 1) * factor))}`]),
  ];
  return members.length === 1 ? JSON.stringify(model) : `{ ${members.join(", ")} }`;
}

/** The greatest that a policy may have. */
const mostShare = 1_000;

/**
 * What all weights of an alias are multiplied by, so that they stand to each other as they did: shares here are whole numbers.
 * Null where nobody has a weight.
 */
function shareFactor(servedBy: readonly ForeignServing[]): number | null {
  if (servedBy.every(({ weight }) => weight === null)) return null;
  const weights = servedBy.map(({ weight }) => weight ?? 1);
  const most = mostShare / Math.max(...weights);
  const isExact = (factor: number): boolean =>
    weights.every((weight) => Math.abs(weight * factor - Math.round(weight * factor)) < 1e-9);
  return [1, 10, 100, 1_000].find((factor) => factor <= most && isExact(factor)) ?? most;
}

function flow(members: NonNullable<ForeignEndpoint["query"]>): string {
  const written = Object.entries(members).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `{ ${written.join(", ")} }`;
}

import { includesPlace, zones } from "../../../base/index.ts";
import type { Regime } from "../../../law/index.ts";
import { type Advice, advise } from "../packs/advise.ts";
import type { InitAnswers } from "./init-answers.ts";

/** The sections of a policy that say what can run models. */
export interface ServingText {
  readonly endpoints: string;
  readonly models: string;
}

/** A policy that its reader can understand and go on from. */
export function initPolicy(
  answers: InitAnswers,
  packs: readonly Regime[],
  { endpoints, models }: ServingText = ownEngines(answers),
): string {
  const { deployment, operator, cells } = answers;
  return `# The policy of ${deployment}: who sends, who computes, under which laws. One file for all cells; it holds no secrets.
# \`bailiwick check\` finds what is wrong in it, \`bailiwick explain\` derives where a request may go and why.
bailiwick: 1
deployment: ${deployment}

# The laws that apply. For each request every one that may apply does, and all of them must allow an endpoint.
# \`bailiwick packs show NAME\` prints one. A place whose law no pack here states is refused.
law:
  packs:
${packsFor(answers, packs)
  .map(({ pack, why }) => `    # It ${why.join(", and it ")}.\n    - ${pack}`)
  .join("\n")}
  # A transfer tool that you have put in place opens places abroad. It needs its document:
  #   mechanisms:
  #     to-us: { kind: scc-2021-914-m2, from: <tenant>, to: <operator>, tia: TIA-1, until: 2027-06-30 }

# Who runs things, and from where they are controlled. Name every parent: \`parents: [{ home: US }]\`.
operators:
  ${operator.name}: { home: ${operator.place} }

# A cell is a gateway in one place. It sees prompts, so the law asks of it what it asks of an endpoint.
cells:
${cells.map(({ name, place }) => `  ${name}: { place: ${place}, url: https://${name}.${deployment}, operator: ${operator.name} }`).join("\n")}

# What can run models. \`place\` is where it computes; a list when it may be any of several places.
endpoints:
${endpoints}

# What callers ask for, and the name that each endpoint's engine knows it by.
models:
${models}

# Who may send requests, and what is known about the data in them.
tenants:
${answers.tenants.map((tenant) => tenantText(tenant, answers)).join("\n")}
`;
}

/** A server of one's own in each cell. */
function ownEngines({ cells, operator }: InitAnswers): ServingText {
  const endpoints = cells.map(
    ({ name, place }) =>
      `  ${name}-1: { cell: ${name}, engine: openai-compatible, url: http://${name}-1.internal:8000, operator: ${operator.name}, place: ${place} }`,
  );
  const models = `  assistant:
    mode: legal-first
    served-by:
${cells.map(({ name }) => `      ${name}-1: assistant`).join("\n")}
      # A fallback is asked only where those above are down or have failed: give it a higher order. \`weight\` shares inside one.
      #   cloud-1: { model: assistant-large, order: 2 }`;
  return { endpoints: endpoints.join("\n"), models };
}

/** Those that state the law of a tenant, or bind what was answered; each with why. `packs advise` names more. */
function packsFor({ tenants, operator, requires }: InitAnswers, packs: readonly Regime[]): readonly Advice[] {
  const places = tenants.map(({ place }) => place);
  const facts = {
    controllers: places,
    subjects: places,
    operators: [operator.place],
    classes: tenants.map(({ dataClass }) => dataClass),
    sector: null,
    levels: requires === "none" ? [] : [requires],
  };
  return advise(facts, packs).filter(({ isNeeded }) => isNeeded);
}

function tenantText(
  { name, place, dataClass }: InitAnswers["tenants"][number],
  { requires }: InitAnswers,
): string {
  const eea = zones.get("EEA");
  const zone = requires === "residency" && eea && includesPlace(eea, place) ? "EEA" : place;
  const wish = requires === "none" ? [] : [`    requires: { ${requires}: ${zone} }`];
  return [
    `  ${name}:`,
    `    established: ${place}`,
    `    subjects: ${place}`,
    `    class: ${dataClass}`,
    ...wish,
    '    # An API key is stored as its hash: printf %s "$KEY" | sha256sum',
    "    #   keys: { first: { sha256: … } }",
  ].join("\n");
}

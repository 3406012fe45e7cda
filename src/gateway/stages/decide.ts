import { type CellId, unreachable } from "../../base/index.ts";
import type { Model, Tenant } from "../../config/index.ts";
import type { Block, Facts, Refusal } from "../../law/index.ts";
import type { Course } from "../../routing/index.ts";
import { type CellContext, urlOf } from "../cell-context.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { mayAnswer } from "../imported.ts";
import type { PermitRuling, RefusalRuling, Ruling } from "../matter.ts";

/** Blocks that a message names; the ledger holds more of them. */
const maxToldBlocks = 6;

/** Whether any endpoint may have it, and whether this cell may: from headers alone. */
export function ruleOnHeaders({ cell }: Exchange, facts: Facts): Ruling {
  const decision = cell.decider.decide(facts, cell.now());
  if (decision.kind === "refusal") return refused(cell, decision.refusal);
  const { permit, cells, blocks } = decision;
  const [first] = cells;
  if (first === undefined) return unlawful(cell, blocks, "");
  if (cells.includes(cell.cell)) return decision;
  return misdirected(cell, first, { kind: "permit", permit, cells, blocks });
}

/** What the ruling on headers leaves for this model and its course: the endpoints of this cell that serve it. */
export function ruleOnModel(
  exchange: Exchange,
  lawful: PermitRuling,
  { model, course }: { readonly model: Model; readonly course: Course },
): Ruling {
  const { cell, progress } = exchange;
  progress.model = model.alias;
  const able = lawful.permit.narrow(({ id }) => model.servedBy.has(id));
  const serving = able.narrow(({ isTransfer }) => course.allowsTransfers || !isTransfer);
  const near = serving.narrow((endpoint) => endpoint.cell === cell.cell);
  const here = near.narrow((endpoint) => mayAnswer(exchange, endpoint));
  if (here.terms.endpoints.length > 0) return { ...lawful, permit: here };
  if (near.terms.endpoints.length > 0) return passedOn(lawful);
  const elsewhere = lawful.cells.find((id) =>
    serving.terms.endpoints.some((endpoint) => endpoint.cell === id),
  );
  if (elsewhere !== undefined) return misdirected(cell, elsewhere, lawful);
  if (able.terms.endpoints.length > 0) return barred(cell, model, lawful);
  return unlawful(cell, lawful.blocks, ` that serves \`${model.alias}\``);
}

/** A model that the tenant may not use does not exist for it. */
export function modelFor({ cell }: Exchange, tenant: Tenant, name: string): Model {
  const model = cell.policy.models.get(name as Model["alias"]);
  if (model && (tenant.models === null || tenant.models.includes(model.alias))) return model;
  throw new GatewayError(
    "caller_unknown_model",
    "no such model; `GET /v1/models` lists those that this key may use",
    {
      param: "model",
    },
  );
}

function refused(cell: CellContext, { kind, blocks, missing }: Refusal): RefusalRuling {
  switch (kind) {
    case "no_lawful_endpoint":
      return unlawful(cell, blocks, "");
    case "jurisdiction_unknown":
      return refusal(
        blocks,
        new GatewayError("policy_jurisdiction_unknown", unknownJurisdiction(missing, blocks)),
      );
    case "undecidable":
      return refusal(
        blocks,
        new GatewayError("gateway_internal", "the law could not be decided, so nothing was sent"),
      );
    default:
      return unreachable(kind);
  }
}

function refusal(blocks: readonly Block[], error: GatewayError): RefusalRuling {
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: [] };
}

/** The law would allow a transfer, and the model's own rules do not, now: 503, since they may with the next request. */
function barred(cell: CellContext, { alias }: Model, { permit, blocks }: PermitRuling): RefusalRuling {
  cell.meters.alarm("region_unavailable");
  cell.log({ event: "alarm", cell: cell.cell, alarm: "region_unavailable" });
  const message = `\`${alias}\` is lawful for this request by a transfer alone, and no rule of its mode \`hybrid\` allows one now`;
  const error = new GatewayError("policy_region_unavailable", message);
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: permit.terms.regimes };
}

/** Only a third cell could answer what a second one passed on. */
function passedOn({ permit, blocks }: PermitRuling): RefusalRuling {
  const message =
    "a request that another cell passed on is not passed on again, and no endpoint here may answer it";
  const error = new GatewayError("policy_region_unavailable", message);
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: permit.terms.regimes };
}

/** 451 (RFC 7725); `blocked-by` names who blocks, which is this cell by its policy (§4). */
function unlawful(cell: CellContext, blocks: readonly Block[], which: string): RefusalRuling {
  const told = tellBlocks(blocks);
  const message = `no endpoint${which} could ever be lawful for this request${told ? `: ${told}` : ""}`;
  const headers = { link: `<${cell.here.url}>; rel="blocked-by"` };
  return refusal(blocks, new GatewayError("policy_no_lawful_endpoint", message, { headers }));
}

/** 421 (RFC 9110 §15.5.20). */
function misdirected(cell: CellContext, right: CellId, { permit, blocks }: PermitRuling): RefusalRuling {
  const url = urlOf(cell, right);
  const message = `cell \`${cell.cell}\` may not receive this request; send it to \`${right}\` at ${url}`;
  const error = new GatewayError("policy_misdirected", message, {
    param: url,
    headers: { link: `<${url}>; rel="alternate"` },
  });
  return { kind: "refusal", verdict: "redirect", error, blocks, regimes: permit.terms.regimes };
}

function unknownJurisdiction(missing: readonly string[], blocks: readonly Block[]): string {
  const told = tellBlocks(blocks);
  if (missing.length === 0) return `the law for this subject is not known here${told ? `: ${told}` : ""}`;
  const facts = missing.map((fact) => `\`${fact}\``).join(", ");
  return `the subject's jurisdiction is unknown: missing ${facts}; send \`bailiwick-jurisdiction\` or set the tenant's`;
}

function tellBlocks(blocks: readonly Block[]): string {
  const told = blocks
    .slice(0, maxToldBlocks)
    .map(({ target, rule, article, reason }) => `\`${target}\` by \`${rule}\` (${article}): ${reason}`);
  const untold = blocks.length - told.length;
  return told.concat(untold > 0 ? [`and ${untold} more`] : []).join("; ");
}

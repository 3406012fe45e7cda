// What one thread alone can serve, for the state behind it is that thread's own (docs/decisions/0047).
import type { CellId } from "../../base/index.ts";
import { countedVolumes, type Policy } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { engineKinds } from "../../law/index.ts";
import type { LocatedCell } from "./loaded-cell.ts";

/** Each with its name and the reason. */
export function servedByOneThread(policy: Policy, cell: CellId): readonly string[] {
  const [counted] = countedVolumes(policy).keys();
  const inProcess = Array.from(policy.endpoints.values()).find(
    (endpoint) => endpoint.cell === cell && !engineKinds[endpoint.engine].isRemote,
  );
  return [
    ...(counted === undefined
      ? []
      : [`tenant \`${counted}\` attests volumes, to which one thread adds what it sends`]),
    ...(inProcess ? [`endpoint \`${inProcess.id}\` is a model in this process, which one thread runs`] : []),
  ];
}

/** Before anything is opened. */
export function requireServableByThreads({ cellFile, policy, cell, file }: LocatedCell): void {
  const { gatewayThreads } = cellFile;
  if (gatewayThreads === 1) return;
  const reasons = servedByOneThread(policy, cell.id);
  if (reasons.length === 0) return;
  throw new UnusableInputError(
    reasons.map(
      (reason) =>
        `\`${file}\`: \`gateway-threads\` is ${gatewayThreads}, and ${reason}; set it to 1, or change the policy`,
    ),
  );
}

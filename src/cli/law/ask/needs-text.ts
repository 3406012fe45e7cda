// What is missing, for whoever has to get it.
import type { Choice, Need, Way } from "../../../law/index.ts";
import { wrap } from "../../terminal/wrap.ts";

/** Every way out, each with who can supply it and how the policy says it. */
export function formatNeeds(needs: readonly Choice[]): readonly string[] {
  return needs.flatMap((choice) => [
    choice.length > 1 ? "  would be lawful with one of:" : "  would be lawful with:",
    ...choice.flatMap(formatWay),
  ]);
}

function formatWay(way: Way): readonly string[] {
  return way.flatMap((need, index) => formatNeed(need, index === 0 ? "-" : "and"));
}

function formatNeed(
  { kind, name, article, by, write, with: parts }: Need,
  bullet: string,
): readonly string[] {
  const words = parts.length === 0 ? "" : ` with ${parts.join(", ")}`;
  return [
    wrap(`    ${bullet} ${kind} ${name}${words}, by the ${by} (${article})`, 8),
    ...(kind === "fact" ? [] : [wrap(`        ${write}`, 10)]),
  ];
}

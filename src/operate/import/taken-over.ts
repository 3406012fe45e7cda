import { ForeignEndpoints } from "./foreign-endpoints.ts";
import type { ForeignGateway, ForeignServing, LeftOut } from "./foreign-gateway.ts";
import type { ForeignMapping } from "./foreign-mapping.ts";
import { reasonFor } from "./left-out-reasons.ts";

/** What one foreign file becomes, and what of it does not. Owner: the reader of the file. */
export class TakenOver {
  readonly endpoints: ForeignEndpoints = new ForeignEndpoints();
  readonly #models = new Map<string, ForeignServing[]>();
  readonly #leftOut: LeftOut[] = [];

  /** Undefined for a model that is not there. */
  servedBy(alias: string): readonly ForeignServing[] | undefined {
    return this.#models.get(alias);
  }

  /** `path`: what is lost where an alias has its model at that endpoint already. */
  serve(alias: string, serving: ForeignServing, path: string): void {
    const servings = this.#models.get(alias) ?? [];
    const same = servings.find(({ endpoint }) => endpoint === serving.endpoint);
    if (same === undefined) this.#models.set(alias, [...servings, serving]);
    else if (same.model === serving.model)
      this.leave(path, `\`${alias}\` is served there already, with the same key: give that one both shares`);
    else
      this.leave(
        path,
        `\`${alias}\` is \`${same.model}\` at the same endpoint already: give \`${serving.model}\` a name of its own`,
      );
  }

  /** A mapping is left as a whole. */
  leave(what: ForeignMapping | string, reason: string): void {
    if (typeof what !== "string") what.leaveOut();
    this.#leftOut.push({ path: typeof what === "string" ? what : what.path, reason });
  }

  /** Once all of `root` that is known has been read: the rest is left out, each by its path. */
  gateway(root: ForeignMapping): ForeignGateway {
    const rest = root.unread().map((path): LeftOut => ({ path, reason: reasonFor(path) }));
    return {
      endpoints: this.endpoints.all,
      models: Array.from(this.#models, ([alias, servedBy]) => ({ alias, servedBy })),
      leftOut: [...this.#leftOut, ...rest],
    };
  }
}

/** What has no share is asked for nothing, and a policy can say no such share. */
export const noShare =
  "its weight is 0, so it is asked for nothing: add it under `served-by` when it is to have a share";

export function modelInEnvironment(variable: string): string {
  return `its model is in the variable ${variable}, and each model is decided on by name: write it in the variable's place`;
}

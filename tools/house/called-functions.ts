// Which functions a function calls, as far as the text tells: a call by a name that leads, through imports and re-exports,
// to a function or class. A call of a method or of a function in a variable leads nowhere, for its target is a matter of types.
import type { Node } from "oxc-parser";
import { namesBoundIn } from "./bound-names.ts";
import { type ModuleNames, type Name, readModuleNames } from "./module-names.ts";
import type { Texts } from "./source-tree.ts";
import { nodesOf } from "./syntax-tree.ts";

/** A function or class at the top of a file. */
export interface Declaration {
  readonly file: string;
  readonly name: string;
  readonly node: Node;
}

export class CalledFunctions {
  readonly #modules: ReadonlyMap<string, ModuleNames>;

  /** Nothing outside of `sources` is found. */
  constructor(sources: Texts) {
    this.#modules = new Map([...sources].map(([file, text]) => [file, readModuleNames(file, text)]));
  }

  exportedBy(file: string): readonly Declaration[] {
    const names = this.#modules.get(file)?.exports.keys() ?? [];
    return [...names].flatMap((name) => this.#exported({ file, name }) ?? []);
  }

  /** In the order of the call sites. A class counts as called with all its methods where it is constructed. */
  calledIn({ file, node }: Declaration): readonly Declaration[] {
    const bound = namesBoundIn(node);
    return nodesOf(node)
      .flatMap(calledName)
      .filter((name) => !bound.has(name))
      .flatMap((name) => this.#named({ file, name }) ?? []);
  }

  /** What a name means inside a file. */
  #named({ file, name }: Name): Declaration | null {
    const module = this.#modules.get(file);
    const node = module?.declarations.get(name);
    if (node) return { file, name, node };
    const imported = module?.imports.get(name);
    return imported ? this.#exported(imported) : null;
  }

  /** What a name means to those who import it from a file. */
  #exported({ file, name }: Name): Declaration | null {
    const target = this.#modules.get(file)?.exports.get(name);
    if (!target) return null;
    return target.file === file ? this.#named(target) : this.#exported(target);
  }
}

function calledName(node: Node): readonly string[] {
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return [];
  return node.callee.type === "Identifier" ? [node.callee.name] : [];
}

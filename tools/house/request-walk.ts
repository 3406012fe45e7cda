// The walk of one request, as somebody reads it who follows each call from the pipeline on, and no function twice.
import { dirname } from "node:path/posix";
import { CalledFunctions, type Declaration } from "./called-functions.ts";
import type { Arrow } from "./import-shape.ts";
import type { Texts } from "./source-tree.ts";

const gateway = "src/gateway";
const pipeline = `${gateway}/pipeline.ts`;
/** The walk enters no other room: of those, the gateway only uses the answers. */
const rooms = [gateway, "src/wire", "src/providers"];

export interface RequestWalk {
  /** The exported functions of the pipeline, each as `file#name`. */
  readonly begins: readonly string[];
  readonly functions: number;
  /** In the order in which the walk comes to them. */
  readonly files: readonly string[];
  /** Calls from a file of the gateway to one in a folder around its own. Two files count once. */
  readonly upwardCalls: readonly Arrow[];
  /**
   * Those upward calls from which the walk goes on to files of the gateway that it had not come to before. All others
   * lead to shared vocabulary: to words, such as an error, at which the walk ends and turns back.
   */
  readonly climbs: readonly Arrow[];
}

/** Null where the gateway has no pipeline. */
export function walkRequest(sources: Texts): RequestWalk | null {
  if (!sources.has(pipeline)) return null;
  const called = new CalledFunctions(
    new Map([...sources].filter(([file]) => rooms.some((room) => file.startsWith(`${room}/`)))),
  );
  const begins = called.exportedBy(pipeline);
  const walk = new Walk(called);
  for (const begin of begins) walk.visit(begin);
  return { begins: begins.map(({ file, name }) => `${file}#${name}`), ...walk.result() };
}

class Walk {
  readonly #called: CalledFunctions;
  readonly #visited = new Set<Declaration["node"]>();
  readonly #files = new Set<string>();
  readonly #upwardCalls = new Map<string, Arrow>();
  readonly #climbs = new Map<string, Arrow>();

  constructor(called: CalledFunctions) {
    this.#called = called;
  }

  visit(declaration: Declaration): void {
    if (this.#visited.has(declaration.node)) return;
    this.#visited.add(declaration.node);
    this.#files.add(declaration.file);
    for (const target of this.#called.calledIn(declaration)) this.#step(declaration.file, target);
  }

  result(): Omit<RequestWalk, "begins"> {
    return {
      functions: this.#visited.size,
      files: [...this.#files],
      upwardCalls: [...this.#upwardCalls.values()],
      climbs: [...this.#climbs.values()],
    };
  }

  #step(from: string, target: Declaration): void {
    const step: Arrow = { from, to: target.file };
    const isUpward = leadsUp(step);
    if (isUpward) this.#upwardCalls.set(keyOf(step), step);
    const before = this.#files.add(target.file).size;
    this.visit(target);
    const goesOn = [...this.#files].slice(before).some(isInGateway);
    if (isUpward && goesOn) this.#climbs.set(keyOf(step), step);
  }
}

function leadsUp({ from, to }: Arrow): boolean {
  return isInGateway(to) && dirname(from).startsWith(`${dirname(to)}/`);
}

function isInGateway(file: string): boolean {
  return file.startsWith(`${gateway}/`);
}

function keyOf({ from, to }: Arrow): string {
  return `${from} ${to}`;
}

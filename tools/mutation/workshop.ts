// A copy of the tree in which one file at a time is wrong, and what the law's tests say of it.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mutated, type Mutation } from "./mutations.ts";

const copied = ["src", "test", "tools", "packs", "docs", "package.json", "tsconfig.base.json"];
/** A mutant may loop for ever; the whole of the tests takes about ten seconds. */
const timeoutMs = 120_000;

/** In the order in which a mutant is cheapest to catch. */
export interface Trial {
  readonly name: string;
  readonly command: readonly string[];
}

export type Fate = { readonly kind: "killed"; readonly by: string } | { readonly kind: "survived" };

export class Workshop {
  readonly #root: string;
  readonly #trials: readonly Trial[];

  constructor(tree: string, trials: readonly Trial[]) {
    this.#root = mkdtempSync(join(tmpdir(), "bailiwick-mutants-"));
    this.#trials = trials;
    for (const path of copied) cpSync(join(tree, path), join(this.#root, path), { recursive: true });
    symlinkSync(join(tree, "node_modules"), join(this.#root, "node_modules"));
  }

  async try(mutation: Mutation): Promise<Fate> {
    const file = join(this.#root, mutation.file);
    const source = readFileSync(file, "utf8");
    writeFileSync(file, mutated(source, mutation));
    try {
      return await this.tryUnchanged();
    } finally {
      writeFileSync(file, source);
    }
  }

  async tryUnchanged(): Promise<Fate> {
    for (const { name, command } of this.#trials) {
      if (!(await passes(this.#root, command))) return { kind: "killed", by: name };
    }
    return { kind: "survived" };
  }

  close(): void {
    rmSync(this.#root, { recursive: true });
  }
}

/** Ends at the first test that fails. */
function passes(cwd: string, command: readonly string[]): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const child = spawn("nice", ["-n", "10", ...command], {
    cwd,
    // Two thirds of a run would otherwise go into compiling what did not change.
    env: { ...process.env, NODE_COMPILE_CACHE: join(cwd, ".compiled") },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let line = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (line + chunk).split("\n");
    line = lines.pop() ?? "";
    if (lines.some((each) => each.startsWith("not ok"))) child.kill("SIGKILL");
  });
  child.on("error", reject).on("close", (status) => resolve(status === 0));
  return promise;
}

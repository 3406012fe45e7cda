// What one part of the soak plays on: engines, a folder with policy and cell file, and the cell that runs now.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { program } from "../../test/support/demo.ts";
import { reservePortBase } from "../../test/support/port-block.ts";
import { liftOf, noteOf, suspension } from "../../test/support/legal-notes.ts";
import { CellProcess, endWithUs } from "./cell-process.ts";
import { FakeEngine } from "./engine.ts";
import { Journal } from "./journal.ts";
import { LawOfTheMoment } from "./law-of-the-moment.ts";
import {
  cellText,
  counsel,
  deployment,
  engineNames,
  type EngineName,
  type EngineUrls,
  type LegalTarget,
  limits,
  policyText,
} from "./lawful-sets.ts";

/** Above the drain timeout: twice the linger of the listener, the last seal, and a busy machine. */
export const drainSlackMs = 7_000;

export interface Surroundings {
  readonly wrapper: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where the tool sees the cell's files, where those lie in a namespace of the cell's. */
  readonly root?: string;
  readonly threads: number;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export class Stage {
  readonly directory: string;
  readonly journal: Journal;
  readonly law = new LawOfTheMoment();
  readonly engines: ReadonlyMap<EngineName, FakeEngine>;
  readonly #surroundings: Surroundings;
  #cell: CellProcess | null = null;
  /** Processes that ended by themselves, and were told of. */
  readonly #unasked = new WeakSet<CellProcess>();
  #ledger = "";
  #puts = 0;

  private constructor(
    directory: string,
    surroundings: Surroundings,
    { engines, journal }: { readonly engines: readonly FakeEngine[]; readonly journal: Journal },
  ) {
    this.directory = directory;
    this.#surroundings = surroundings;
    this.journal = journal;
    this.engines = new Map(engines.map((engine) => [engine.name, engine]));
    this.writePolicy({ withComing: false });
    writeFileSync(join(directory, "cell.yaml"), cellText(surroundings.threads));
  }

  static async set(directory: string, surroundings: Surroundings): Promise<Stage> {
    mkdirSync(directory, { recursive: true });
    const journal = new Journal();
    const base = await reservePortBase();
    const engines = await Promise.all(
      engineNames.map((name, at) => FakeEngine.start(name, base + at, journal)),
    );
    return new Stage(directory, surroundings, { engines, journal });
  }

  get threads(): number {
    return this.#surroundings.threads;
  }

  get url(): string | null {
    return this.#cell?.url ?? null;
  }

  get cell(): CellProcess {
    if (this.#cell === null) throw new Error("no cell runs");
    return this.#cell;
  }

  /** As this process sees it. */
  get ledger(): string {
    return (this.#surroundings.root ?? "") + this.#ledger;
  }

  /** Lets things go their way. */
  async rest(forMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (forMs > 0) await pause(forMs, undefined, { signal });
  }

  engine(name: EngineName): FakeEngine {
    const engine = this.engines.get(name);
    if (engine === undefined) throw new Error(`there is no engine \`${name}\``);
    return engine;
  }

  writePolicy(options: { readonly withComing: boolean }, defect = ""): void {
    const urls = Object.fromEntries(
      Array.from(this.engines, ([name, { url }]) => [name, url]),
    ) as unknown as EngineUrls;
    this.#put("policy.yaml", policyText(urls, options) + defect);
  }

  suspend(id: string, { kind, name }: LegalTarget): void {
    this.#put(`state/legal/${id}.note`, noteOf(suspension(id, kind, name), counsel, deployment));
  }

  lift(id: string): void {
    this.#put(`state/legal/lift-${id}.note`, noteOf(liftOf(id), counsel, deployment));
  }

  async start(): Promise<void> {
    const { wrapper, environment } = this.#surroundings;
    const config = join(this.directory, "cell.yaml");
    this.#cell = await CellProcess.start({ config, wrapper, environment }, this.journal);
    this.#ledger = this.#cell.ledger;
  }

  /** `meanwhile` is done when it is dead. */
  async killAndStart(meanwhile: () => void = () => undefined): Promise<void> {
    if (!this.#unasked.has(this.cell)) this.#noteUnaskedEnd();
    const absence = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY, isKill: true };
    this.journal.absences.push(absence);
    const { cell } = this;
    this.#cell = null;
    await cell.kill();
    meanwhile();
    await this.start();
    absence.toMs = performance.now();
  }

  /** A ledger that was closed by nobody is read only after another process has recovered it. */
  #noteUnaskedEnd(): boolean {
    const { hasEnded, exitCode, complaints } = this.cell;
    if (!hasEnded) return false;
    this.#unasked.add(this.cell);
    const { absences, faults, logged } = this.journal;
    const poisoned = logged.findLast(({ fields }) => fields["alarm"] === "ledger_poisoned");
    if (poisoned === undefined) faults.push("no alarm told why it was going to");
    absences.push({ fromMs: poisoned?.atMs ?? 0, toMs: performance.now(), isKill: true });
    faults.push(`the cell ended by itself with ${exitCode}: ${complaints.join("; ")}`);
    return true;
  }

  /** Ends it as an operator does, with whatever is under way. */
  async stop(): Promise<void> {
    if (this.#noteUnaskedEnd()) await this.killAndStart();
    const fromMs = performance.now();
    const { cell } = this;
    this.#cell = null;
    const exitCode = await cell.stop(limits.drainTimeoutMs + 2 * drainSlackMs);
    this.journal.stops.push({ tookMs: performance.now() - fromMs, exitCode });
    this.journal.absences.push({ fromMs, toMs: performance.now(), isKill: false });
  }

  /** Where the process is to end by itself, of what is about to be done to it. */
  async waitForEnd(withinMs: number): Promise<number | null> {
    const absence = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY, isKill: true };
    this.journal.absences.push(absence);
    const code = await this.cell.end(withinMs);
    this.#cell = null;
    absence.toMs = performance.now();
    return code;
  }

  /** As an operator of the cell does. */
  async askAdmin(method: "GET" | "POST", path: string, input?: unknown): Promise<AdminAnswer> {
    const token = readFileSync(join(this.directory, "state/keys/admin-token"), "utf8").trim();
    const answer = await fetch(`${this.cell.admin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    });
    return { status: answer.status, body: (await answer.json()) as AdminAnswer["body"] };
  }

  /** As an auditor does, also while the cell writes. */
  async verify(): Promise<void> {
    this.journal.verifications.push(await this.#command("ledger", "verify", this.#ledger));
  }

  /** As a person does who takes the responsibility. */
  async release(endpoint: EngineName): Promise<void> {
    const config = join(this.directory, "cell.yaml");
    const words = ["quarantine", "release", "--config", config, "--endpoint", endpoint];
    const { code, text } = await this.#command(...words);
    if (code !== 0) this.journal.faults.push(`\`${endpoint}\` was not released: ${text}`);
  }

  async #command(
    ...words: readonly string[]
  ): Promise<{ readonly code: number | null; readonly text: string }> {
    const [file = program, ...args] = [...this.#surroundings.wrapper, program, ...words];
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    endWithUs(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => (text = (text + data.toString()).slice(-2_000)));
    const [code] = (await once(child, "exit")) as [number | null];
    return { code, text };
  }

  async clear(): Promise<void> {
    if (this.#cell !== null) await this.#cell.kill();
    for (const engine of this.engines.values()) await engine.close();
  }

  /** Whole or not at all, as somebody does who knows that it is watched. */
  #put(file: string, content: string | Uint8Array): void {
    const temporary = join(this.directory, `.put-${++this.#puts}`);
    writeFileSync(temporary, content);
    renameSync(temporary, join(this.directory, file));
  }
}

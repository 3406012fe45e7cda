// Does what the schedule says, one act after the other, and notes when the law changed.
import { audit } from "./audit.ts";
import type { Callers } from "./callers.ts";
import { clockNeeds, type FakeClock } from "./fake-clock.ts";
import { settlingMs } from "./law-of-the-moment.ts";
import type { EngineName, TenantName } from "./lawful-sets.ts";
import type { Act, Deed } from "./schedule.ts";
import type { Stage } from "./stage.ts";

const mostLieMs = 4_000;
const refusalWithinMs = 5_000;
const replacedWithinMs = 30_000;
const blackedOut: readonly EngineName[] = ["fra-1", "fra-2", "fra-4"];

export interface Cast {
  readonly stage: Stage;
  readonly callers: Callers;
  /** Null where the process' clock cannot be set. */
  readonly clock: FakeClock | null;
  readonly signal: AbortSignal;
}

export class Director {
  readonly #cast: Cast;
  /** Verifications, and floods: they take their time beside what comes next. */
  readonly #beside = new Set<Promise<unknown>>();
  #policies = 0;
  #withComing = false;
  #comingId = "policy-0";

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  /** Resolves at its end. The schedule's time stands still while an act lasts, so that what follows keeps its distance. */
  async perform(schedule: readonly Act[], lengthMs: number): Promise<void> {
    let startedMs = performance.now();
    for (const { atMs, deed } of schedule) {
      await this.#wait(startedMs + atMs - performance.now());
      const fromMs = performance.now();
      this.#cast.stage.journal.count(deed.do);
      await this.#do(deed);
      startedMs += performance.now() - fromMs;
    }
    await this.#wait(startedMs + lengthMs - performance.now());
    await Promise.all(this.#beside);
  }

  #wait(forMs: number): Promise<void> {
    return this.#cast.stage.rest(forMs, this.#cast.signal);
  }

  async #do(deed: Deed): Promise<void> {
    const { stage, callers, clock } = this.#cast;
    switch (deed.do) {
      case "fall-ill":
        return stage.engine(deed.engine).fallIll(deed.mode);
      case "recover":
        return stage.engine(deed.engine).recover();
      case "blackout":
        return this.#blackOut(deed.forMs);
      case "reload":
        return this.#reload(deed.withComing);
      case "bad-policy":
        return this.#reloadBadPolicy();
      case "suspend":
        stage.suspend(deed.id, deed.target);
        return stage.law.suspend(deed.id, deed.target);
      case "lift":
        // First here: from when the note lies there, it may have effect.
        stage.law.lift(deed.id);
        return stage.lift(deed.id);
      case "flood":
        return this.#besides(callers.flood(deed.count));
      case "kill":
        // As after a night without power: the clock may have been far off, and a new opening of the log starts afresh.
        await stage.killAndStart(() => clock?.reset());
        return this.#besides(stage.verify());
      case "lie":
        return this.#lie(deed.engine, deed.restarts);
      case "lose-thread":
        return this.#loseThread();
      case "erase":
        return this.#erase(deed.tenant, deed.person);
      case "audit":
        return callers.holdFor(() => audit(stage, deed.when));
      case "set-clock":
        return this.#setClock(deed.bySeconds);
    }
  }

  #besides(work: Promise<unknown>): void {
    this.#beside.add(work.finally(() => this.#beside.delete(work)));
  }

  async #blackOut(forMs: number): Promise<void> {
    const { stage } = this.#cast;
    for (const name of blackedOut) await stage.engine(name).fallIll("dead");
    const fromMs = performance.now();
    await this.#wait(forMs);
    stage.journal.blackouts.push({ fromMs, toMs: performance.now() });
    for (const name of blackedOut) await stage.engine(name).recover();
  }

  #reload(withComing: boolean): void {
    const { stage } = this.#cast;
    if (withComing === this.#withComing) return;
    this.#withComing = withComing;
    if (withComing) stage.law.lift(this.#comingId);
    stage.writePolicy({ withComing });
    stage.cell.reload();
    if (withComing) return;
    this.#comingId = `policy-${++this.#policies}`;
    stage.law.takeAway(this.#comingId);
  }

  /** The last good one stays in force. */
  async #reloadBadPolicy(): Promise<void> {
    const { stage } = this.#cast;
    const { logged } = stage.journal;
    const before = logged.length;
    const isRefused = (): boolean => logged.slice(before).some(({ event }) => event === "policy_refused");
    stage.writePolicy({ withComing: this.#withComing }, "nonsense: [\n");
    stage.cell.reload();
    const fromMs = performance.now();
    while (!isRefused() && performance.now() - fromMs < refusalWithinMs) await this.#wait(50);
    if (!isRefused()) stage.journal.faults.push("a policy that cannot be used was not refused");
    stage.writePolicy({ withComing: this.#withComing });
    stage.cell.reload();
  }

  async #loseThread(): Promise<void> {
    const { stage } = this.#cast;
    const { logged, threadLosses, faults } = stage.journal;
    if (stage.threads === 1) return;
    const loss = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    threadLosses.push(loss);
    stage.cell.loseThread();
    const isReplaced = (): boolean =>
      logged.some(({ event, atMs }) => event === "thread_replaced" && atMs > loss.fromMs);
    while (!isReplaced() && performance.now() - loss.fromMs < replacedWithinMs) await this.#wait(20);
    if (isReplaced()) loss.toMs = performance.now();
    else faults.push("a gateway thread was ended, and no other came in its place");
  }

  async #erase(tenant: TenantName, person: string): Promise<void> {
    const { stage } = this.#cast;
    const fromMs = performance.now();
    const order = { tenant, person, ground: "gdpr-17-1-b" };
    const { status, body } = await stage.askAdmin("POST", "/admin/erasures", order);
    if (status === 200) stage.journal.erasures.push({ tenant, person, fromMs, toMs: performance.now() });
    // Nobody has asked for that person since the last erasure.
    else if (status !== 404)
      stage.journal.faults.push(`an erasure was answered with ${status} ${String(body["code"])}`);
  }

  async #lie(name: EngineName, restarts: boolean): Promise<void> {
    const { stage } = this.#cast;
    const { lies } = stage.journal;
    const before = lies.length;
    // Nobody else is there to be asked first.
    const others = name === "par-1" ? blackedOut.concat("fra-3") : blackedOut.filter((each) => each !== name);
    for (const other of others) await stage.engine(other).fallIll("dead");
    await stage.engine(name).fallIll("lie");
    const fromMs = performance.now();
    const isHeard = (): boolean => stage.journal.alarmAfter("violation", fromMs) < Number.POSITIVE_INFINITY;
    // A caller may leave before its lie is read, so one lie is not enough.
    while (!isHeard() && performance.now() - fromMs < mostLieMs) await this.#wait(20);
    for (const other of [name, ...others]) await stage.engine(other).recover();
    // Long enough to see whether anybody is still sent there.
    await this.#wait(settlingMs / 2);
    const heardByMs = performance.now();
    if (restarts) {
      await stage.stop();
      await stage.start();
      this.#besides(stage.verify());
    }
    const lie = lies[before];
    if (lie === undefined) return;
    // Nor after a restart, until a person says so.
    await this.#wait(settlingMs / 2);
    const quarantine = { engine: name, fromMs: lie.atMs, heardByMs, toMs: performance.now() };
    stage.journal.quarantines.push(quarantine);
    await stage.release(name);
    stage.journal.illnesses.push({ ...quarantine, mode: "quarantine", toMs: performance.now() });
  }

  #setClock(bySeconds: number): void {
    const { clock, stage } = this.#cast;
    if (clock === null) stage.journal.skipped.add(`steps of the wall clock: ${clockNeeds}`);
    else clock.step(bySeconds);
  }
}

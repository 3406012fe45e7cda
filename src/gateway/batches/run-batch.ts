// Owner: the thread that runs batches. One batch from wherever it stands to its end.
//
// INVARIANT: before a line is begun it is on disk that it may have been (`begun`); its result is written when it was answered.
// So of a line that has no result and is not behind `begun`, nobody can tell whether it was sent when we crashed: it is run
// again, and its result says so. Whatever was sent is in the ledger, each time.
import type { SubjectKey } from "../../keys/index.ts";
import { ObjectDamagedError, type ObjectHead } from "../../privacy/index.ts";
import type { BatchError, BatchStatus } from "../../wire/index.ts";
import type { Channel } from "../exchange/channel.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { FileAbout } from "../stored/file-about.ts";
import { storageRoomBytes } from "../stored/storage-room.ts";
import { type BatchAbout, type BatchEnd, begunNote, cancelNote, openNote } from "./batch-about.ts";
import { type BatchInput, inputGone, inputHead, InputLostError, linesOfInput } from "./batch-input.ts";
import type { InputLine } from "./input-lines.ts";
import { ResultRoom } from "./result-room.ts";
import { BatchResults, resultHead } from "./results.ts";
import { customIdOf, type LineRun, runLine } from "./run-line.ts";

export interface BatchRunParts {
  readonly cell: CellServices;
  readonly head: ObjectHead;
  readonly serve: (channel: Channel) => Promise<void>;
}

/** So many lines are said to be begun at once: one write to the disk for all of them. */
const begunAtOnce = 256;
const lookIntervalMs = 500;

interface Ending {
  readonly end: BatchEnd;
  readonly failure: BatchError | null;
}

export class BatchRun {
  readonly head: ObjectHead;
  readonly #parts: BatchRunParts;
  readonly #underWay = new Set<() => void>();
  /** Ends each wait of a line, once no more is to be done. Not a promise: what is raced with it again and again stays in it. */
  readonly #waits = new Set<() => void>();
  /** How it ends, once no line is begun any more. */
  #halt: BatchEnd | null = null;
  /** Whatever is still to be done or said of it, the next run does: also where it is clear by now how it ends. */
  #isLeft = false;
  /** Why it has failed. */
  #failure: BatchError | null = null;
  #isAbandoned = false;
  /** Writes down how far it is, while there is something to say. */
  #tell: (() => Promise<void>) | null = null;
  #describing: Promise<void> = Promise.resolve();

  constructor(parts: BatchRunParts) {
    this.head = parts.head;
    this.#parts = parts;
  }

  /** Begins nothing more. What is under way may end; what is not answered is left to the next run. */
  leave(): void {
    this.#isLeft = true;
    this.#endWaits();
  }

  /** Its subject is erased: nothing of it is written any more, and nobody hears the answers. */
  abandon(): void {
    this.#isAbandoned = true;
    this.leave();
    for (const leave of this.#underWay) leave();
  }

  /** Resolves with whether it is over. Rejects where disk or keys cannot be had: it goes on when it is run again. */
  async run(): Promise<boolean> {
    const { cell } = this.#parts;
    const key = await cell.vault.keyAtPlace(this.head.place);
    if (key?.handle !== this.head.subject) return this.#forgotten();
    const about = await this.#readAbout(key);
    if (about === null) return this.#forgotten();
    const watch = setInterval(() => void this.#look(about).catch(() => undefined), lookIntervalMs);
    try {
      await this.#look(about);
      return await this.#goOn(key, about);
    } finally {
      clearInterval(watch);
      // Else what was told last could stand above what the next run says.
      await this.#describing;
    }
  }

  async #readAbout(key: SubjectKey): Promise<BatchAbout | null> {
    const { batches } = this.#parts.cell;
    try {
      return (await batches.aboutOf(this.head, key)) as BatchAbout | null;
    } catch (error) {
      // What it was to do is known to nobody any more: that is told once, and it is not run again.
      if (error instanceof ObjectDamagedError) await batches.withdraw(this.head, openNote);
      throw error;
    }
  }

  async #goOn(key: SubjectKey, found: BatchAbout): Promise<boolean> {
    let about = found;
    if (about.status === "validating") about = await this.#validate(key, about);
    if (about.status === "in_progress") about = await this.#runLines(key, about);
    if (about.end === null) return false;
    if (about.status === "finalizing") await this.#finish(key, about, about.end);
    // If we crash before this, the next run finds its end written down, and comes here at once.
    await this.#parts.cell.batches.withdraw(this.head, openNote);
    return true;
  }

  /** Whether there is something to run, and how much. */
  async #validate(key: SubjectKey, about: BatchAbout): Promise<BatchAbout> {
    let [total, lineCount] = [0, 0];
    try {
      for await (const { number } of linesOfInput(this.#parts.cell, this.#input(key, about))) {
        total++;
        lineCount = number;
        if (this.#isLeft) return about;
      }
    } catch (error) {
      this.#failFor(error);
    }
    if (this.#halt === null && total === 0) this.#fail(emptyFile);
    // Where its window is over by now, that is said of each line.
    if (this.#halt === "failed" || this.#halt === "cancelled")
      return this.#end(key, about, { end: this.#halt, failure: this.#failure });
    const counts = { total, completed: 0, failed: 0 };
    return this.#enter(key, { ...about, counts, lineCount }, "in_progress");
  }

  async #runLines(key: SubjectKey, about: BatchAbout): Promise<BatchAbout> {
    const { cell, head } = this.#parts;
    const results = await BatchResults.open(cell, { head, key, about });
    const counted = (): BatchAbout => ({ ...about, counts: { ...about.counts, ...results.counts } });
    try {
      this.#tell = () => this.#describe(key, counted());
      const room = new ResultRoom(
        () => this.#roomBytes(about),
        () => results.fileBytes,
      );
      await this.#eachLine(key, { about, results, room });
      if (this.#isLeft) {
        await results.sync();
        return about;
      }
      // INVARIANT: taken in one turn. What is looked at from now on, such as that the input is gone, changes nothing of how it ended.
      const ending: Ending = { end: this.#halt ?? "completed", failure: this.#failure };
      const bytes = await results.end();
      const { output, errors } = about.results;
      const ended = {
        output: { ...output, bytes: bytes.output },
        errors: { ...errors, bytes: bytes.errors },
      };
      // INVARIANT: nothing is told behind this. Were it `in_progress` again when we crash, all of it would be run again.
      this.#tell = null;
      return await this.#end(key, { ...counted(), results: ended }, ending);
    } finally {
      this.#tell = null;
      await results.close();
    }
  }

  async #eachLine(key: SubjectKey, work: LineWork): Promise<void> {
    const { cell, head } = this.#parts;
    const begunBefore = Number((await cell.batches.noted(head, begunNote)) ?? 0);
    let begun = begunBefore;
    const underWay = new Set<Promise<void>>();
    const thrown: unknown[] = [];
    try {
      for await (const line of linesOfInput(cell, this.#input(key, work.about))) {
        if (work.results.has(line.number)) continue;
        if (!(await work.room.isLeft())) this.#fail(storageFull);
        if (this.#isHalted) break;
        if (line.number > begun) {
          begun = line.number + begunAtOnce - 1;
          await cell.batches.note(head, begunNote, String(begun));
        }
        const running = this.#oneLine(work, line, line.number <= begunBefore).catch(
          (error: unknown) => void thrown.push(error),
        );
        const tracked = running.finally(() => underWay.delete(tracked));
        underWay.add(tracked);
        while (underWay.size >= this.#atOnce(work.about)) await Promise.race(underWay);
        throwFirst(thrown);
        await othersTurn();
      }
    } catch (error) {
      this.#failFor(error);
    } finally {
      await Promise.allSettled(underWay);
    }
    throwFirst(thrown);
    if (this.#halt === "expired")
      await this.#sayExpired(key, work).catch((error: unknown) => this.#failFor(error));
  }

  async #oneLine({ about, results }: LineWork, line: InputLine, isRepeated: boolean): Promise<void> {
    const answered = await runLine(this.#lineRun(about), line);
    if (answered === null || this.#isAbandoned) return;
    await results.write({ ...answered, line: line.number, batchId: this.head.id, isRepeated });
  }

  /** Of each line that the window left no time for. */
  async #sayExpired(key: SubjectKey, { about, results, room }: LineWork): Promise<void> {
    const error = { code: "batch_expired", message: "the batch's window ended before the line was answered" };
    for await (const line of linesOfInput(this.#parts.cell, this.#input(key, about))) {
      if (this.#isLeft) return;
      if (results.has(line.number)) continue;
      if (!(await room.isLeft())) return this.#fail(storageFull);
      const customId = customIdOf(this.#lineRun(about), line);
      const said = { line: line.number, batchId: this.head.id, isRepeated: false };
      await results.write({ ...said, customId, response: null, error });
    }
  }

  /** Files of their own now; done twice, it is done once. */
  async #finish(key: SubjectKey, about: BatchAbout, end: BatchEnd): Promise<void> {
    const { cell, head } = this.#parts;
    for (const name of ["output", "errors"] as const) {
      const { bytes } = about.results[name];
      if (!bytes) continue;
      const of = resultHead({ head, about }, name);
      await cell.files.adopt(of, cell.batches.pathOf(head, name));
      const filename = `${head.id}_${name}.jsonl`;
      const file: FileAbout = { filename, purpose: "batch_output", bytes, claims: about.submitter.claims };
      await cell.files.describe(of, key, file);
    }
    await this.#enter(key, about, end);
  }

  async #end(key: SubjectKey, about: BatchAbout, { end, failure }: Ending): Promise<BatchAbout> {
    const errors = failure === null ? about.errors : [...about.errors, failure];
    return this.#enter(key, { ...about, errors, end }, "finalizing");
  }

  async #enter(key: SubjectKey, about: BatchAbout, status: BatchStatus): Promise<BatchAbout> {
    const since = { ...about.since, [status]: this.#parts.cell.now() };
    const entered = { ...about, status, since };
    await this.#describe(key, entered);
    return entered;
  }

  /** One after another, so that what was said later stands. */
  #describe(key: SubjectKey, about: BatchAbout): Promise<void> {
    const described = this.#describing.then(async () => {
      if (!this.#isAbandoned) await this.#parts.cell.batches.describe(this.head, key, about);
    });
    this.#describing = described.catch(() => undefined);
    return described;
  }

  #input(key: SubjectKey, { inputFileId: fileId }: BatchAbout): BatchInput {
    return { tenant: this.head.tenant, fileId, key };
  }

  /** What may end it from outside: its caller, the time, the file. */
  async #look(about: BatchAbout): Promise<void> {
    const { cell } = this.#parts;
    if ((await cell.batches.noted(this.head, cancelNote)) !== null) this.#stop("cancelled");
    else if (cell.now() >= about.dueAtMs) this.#stop("expired");
    else if (about.end === null && (await this.#isInputGone(about))) this.#fail(inputGone().said);
    await this.#tell?.();
  }

  async #isInputGone({ inputFileId: fileId }: BatchAbout): Promise<boolean> {
    return (await inputHead(this.#parts.cell, { tenant: this.head.tenant, fileId })) === null;
  }

  #atOnce({ submitter }: BatchAbout): number {
    const { policy } = this.#parts.cell.inForce.current;
    return policy.tenants.get(submitter.tenant)?.files?.batches?.atOnce ?? 1;
  }

  #roomBytes({ submitter }: BatchAbout): Promise<number> {
    const { cell } = this.#parts;
    const files = cell.inForce.current.policy.tenants.get(submitter.tenant)?.files;
    return storageRoomBytes(cell, { tenant: this.head.tenant, maxBytes: files?.maxBytes ?? 0 });
  }

  #lineRun(about: BatchAbout): LineRun {
    const { cell, serve } = this.#parts;
    return {
      cell,
      about,
      serve,
      mayGoOn: () => !this.#isHalted,
      wait: (ms) => this.#wait(ms),
      onUnderWay: (leave) => {
        this.#underWay.add(leave);
        return () => void this.#underWay.delete(leave);
      },
    };
  }

  #wait(ms: number): Promise<void> {
    if (this.#isHalted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#waits.add(end);
    });
  }

  /** Without its input it ends; after all else that was thrown it goes on when it is run again. */
  #failFor(thrown: unknown): void {
    if (!(thrown instanceof InputLostError)) {
      this.leave();
      throw thrown;
    }
    const { cell } = this.#parts;
    if (thrown.cause !== undefined)
      cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
    this.#fail(thrown.said);
  }

  /** Also where its window has ended: what is to be said then of each line cannot be said. */
  #fail(said: BatchError): void {
    if (this.#halt === "expired") this.#halt = null;
    if (this.#halt === null) this.#failure = said;
    this.#stop("failed");
  }

  get #isHalted(): boolean {
    return this.#isLeft || this.#halt !== null;
  }

  #stop(halt: BatchEnd): void {
    this.#halt ??= halt;
    this.#endWaits();
  }

  #endWaits(): void {
    for (const end of Array.from(this.#waits)) end();
  }

  /** Nobody can open it any more. */
  async #forgotten(): Promise<boolean> {
    await this.#parts.cell.batches.remove(this.head);
    return true;
  }
}

interface LineWork {
  readonly about: BatchAbout;
  readonly results: BatchResults;
  readonly room: ResultRoom;
}

const storageFull: BatchError = {
  code: "storage_full",
  message: "there is no room for more results; delete files, and submit what was not answered again",
  line: null,
};
const emptyFile: BatchError = { code: "empty_file", message: "the input file holds no line", line: null };

function throwFirst(thrown: readonly unknown[]): void {
  if (thrown.length > 0) throw thrown[0];
}

/** INVARIANT: callers' requests wait for the beginning of one line, not of all. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

// Owner: the run of the batch. What its lines were answered, as it is written down while the batch runs.
import type { SubjectKey } from "../../keys/index.ts";
import type { ContentWriter, ObjectHead } from "../../privacy/index.ts";
import { formatLineResult, lineOfResult, type LineResult } from "../../wire/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { BatchAbout, ResultName } from "./batch-about.ts";

interface ResultsOf {
  readonly head: ObjectHead;
  readonly key: SubjectKey;
  readonly about: BatchAbout;
}

/** INVARIANT: a line is in one of the two contents at most once, however often the batch was begun. */
export class BatchResults {
  readonly #writers: Readonly<Record<ResultName, ContentWriter>>;
  /** By line, a bit: a million of them are known in 128 KiB. */
  readonly #done: Uint8Array;
  readonly #counts: Record<ResultName, number>;
  /** Lines are written one after another. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    writers: Readonly<Record<ResultName, ContentWriter>>,
    { done, counts }: { readonly done: Uint8Array; readonly counts: Record<ResultName, number> },
  ) {
    this.#writers = writers;
    this.#done = done;
    this.#counts = counts;
  }

  /** Goes on where an earlier run has stopped, whole line by whole line. */
  static async open({ batches }: CellServices, of: ResultsOf): Promise<BatchResults> {
    const done = new Uint8Array((of.about.lineCount >> 3) + 1);
    const counts = { output: 0, errors: 0 };
    const openOne = (name: ResultName): Promise<ContentWriter> => {
      const note = lineCounter((line) => {
        if (line >> 3 < done.length) done[line >> 3] = (done[line >> 3] ?? 0) | (1 << (line & 7));
        counts[name]++;
      });
      const head = resultHead(of, name);
      return batches.contentIn(of.head, { head, key: of.key, name }, note);
    };
    const output = await openOne("output");
    try {
      return new BatchResults({ output, errors: await openOne("errors") }, { done, counts });
    } catch (error) {
      await output.close();
      throw error;
    }
  }

  get counts(): { readonly completed: number; readonly failed: number } {
    return { completed: this.#counts.output, failed: this.#counts.errors };
  }

  /** What they take on disk. */
  get fileBytes(): number {
    return this.#writers.output.fileBytes + this.#writers.errors.fileBytes;
  }

  has(line: number): boolean {
    return ((this.#done[line >> 3] ?? 0) & (1 << (line & 7))) !== 0;
  }

  write(result: LineResult): Promise<void> {
    const isAnswer = result.response !== null && result.response.status < 300;
    const name = isAnswer ? "output" : "errors";
    const written = this.#writing.then(() => this.#writers[name].append(formatLineResult(result)));
    this.#writing = written;
    return written.then(() => {
      this.#done[result.line >> 3] = (this.#done[result.line >> 3] ?? 0) | (1 << (result.line & 7));
      this.#counts[name]++;
    });
  }

  async sync(): Promise<void> {
    await Promise.all(Object.values(this.#writers).map((writer) => writer.sync()));
  }

  /** Nothing follows. Resolves with how much each holds, once all of it is on disk. */
  async end(): Promise<Readonly<Record<ResultName, number>>> {
    await this.#writing;
    const { output, errors } = this.#writers;
    await Promise.all([output.end(), errors.end()]);
    return { output: output.bytes, errors: errors.bytes };
  }

  /** As it is: the next run goes on. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await Promise.allSettled(Object.values(this.#writers).map((writer) => writer.close()));
  }
}

/** The file that the results will be, which goes as its batch does. */
export function resultHead({ head, about }: Omit<ResultsOf, "key">, name: ResultName): ObjectHead {
  return { ...head, id: about.results[name].id };
}

/** Tells the line of each result. Every result begins with a frame of its own. */
function lineCounter(tell: (line: number) => void): (bytes: Uint8Array) => void {
  let isAtStart = true;
  return (bytes) => {
    const line = isAtStart ? lineOfResult(Buffer.from(bytes.subarray(0, 96)).toString("latin1")) : null;
    if (line !== null) tell(line);
    isAtStart = bytes.at(-1) === 0x0a;
  };
}

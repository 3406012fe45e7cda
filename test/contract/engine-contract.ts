// What every engine does, however it is reached. Each implementation runs this suite from its own test file.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type EndpointAddress,
  type Engine,
  NotPermittedError,
  UpstreamError,
  type UpstreamFailure,
} from "../../src/providers/provider.ts";
import {
  type AnswerFacts,
  type AnswerFault,
  type AnswerTranslator,
  engineOperations,
  type SpokenName,
  SseParser,
  translationFor,
} from "../../src/wire/index.ts";
import { type AskedConnection, asking } from "../support/asking.ts";
import { upstreamCall } from "../support/upstream-call.ts";

export interface EngineSubject {
  readonly engine: Engine;
  readonly address: EndpointAddress;
  /** The name by which the engine knows its model. */
  readonly model: string;
  /** By which it is asked to write. Default: chats. */
  readonly operation?: "chat_completions" | "messages";
  /** As which it is asked, where its servers are stood in for by those of `operation`. Default: as `operation`. */
  readonly askedAs?: SpokenName;
  /** Resolves when the engine works on no request. */
  whenIdle(): Promise<void>;
  stop(): Promise<void>;
}

export function engineContract(name: string, start: () => Promise<EngineSubject>): void {
  test(`${name}: a whole answer has choices and counts its tokens`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answer = await connection.call(chat(subject, {}));
    assert.equal(answer.status, 200);
    const { fault, facts } = readWhole(subject, await textOf(answer.body));
    assert.equal(fault, null);
    assert.ok(facts.usage && facts.usage.promptTokens > 0);
  });

  test(`${name}: a streamed answer is events of its dialect, the closing one last`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answer = await connection.call(chat(subject, { stream: true }));
    assert.equal(answer.status, 200);
    assert.match(answer.headers["content-type"] ?? "", /^text\/event-stream/);
    const { isClosed, facts } = readEvents(subject, await textOf(answer.body));
    assert.equal(isClosed, true);
    assert.ok((facts.usage?.completionTokens ?? 0) > 0);
  });

  test(`${name}: an aborted call ends as aborted, and the engine stops working on it`, async (t) => {
    const { subject, connection } = await open(t, start);
    const caller = new AbortController();
    const answer = await connection.call(chat(subject, endless, caller.signal));
    await assert.rejects(async () => {
      for await (const chunk of answer.body) {
        assert.ok(chunk.length > 0);
        caller.abort();
      }
    }, failsAs("aborted"));
    await subject.whenIdle();
  });

  test(`${name}: a call whose caller has left is not begun`, async (t) => {
    const { subject, connection } = await open(t, start);
    await assert.rejects(connection.call(chat(subject, {}, AbortSignal.abort())), failsAs("aborted"));
    await subject.whenIdle();
  });

  test(`${name}: leaving an answer early stops the engine`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answer = await connection.call(chat(subject, endless));
    for await (const chunk of answer.body) {
      assert.ok(chunk.length > 0);
      break;
    }
    await subject.whenIdle();
  });

  test(`${name}: calls at the same time do not mix`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answers = await Promise.all(
      [1, 2, 3, 4].map(async (max_tokens) => {
        const answer = await connection.call(chat(subject, { max_tokens }));
        return readWhole(subject, await textOf(answer.body)).facts.usage?.completionTokens;
      }),
    );
    assert.deepEqual(answers, [1, 2, 3, 4]);
  });

  test(`${name}: a request that the engine does not understand is an error, not a failure`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answer = await connection.call(chat(subject, { max_tokens: "many" }));
    assert.equal(answer.status, 400);
    assert.equal(readWhole(subject, await textOf(answer.body)).fault, "error");
  });

  test(`${name}: a call asks whether it may go, and then says once that it goes`, async (t) => {
    const { subject, connection } = await open(t, start);
    for (const members of [{}, { stream: true }]) {
      const seen: string[] = [];
      const answer = await connection.call({
        ...chat(subject, members),
        mayGo: () => seen.push("mayGo") > 0,
        onFirstByte: () => void seen.push("onFirstByte"),
      });
      assert.equal(answer.status, 200);
      await textOf(answer.body);
      assert.deepEqual(seen, ["mayGo", "onFirstByte"]);
    }
  });

  test(`${name}: a call that may not go gives the engine nothing, and the next one is served`, async (t) => {
    const { subject, connection } = await open(t, start);
    for (const members of [{}, { stream: true }]) {
      const refused = connection.call({
        ...chat(subject, members),
        mayGo: () => false,
        onFirstByte: () => assert.fail("nothing may leave"),
      });
      await assert.rejects(refused, NotPermittedError);
    }
    await subject.whenIdle();
    assert.equal((await connection.call(chat(subject, {}))).status, 200);
  });

  test(`${name}: a call whose caller has left before it went cannot have arrived`, async (t) => {
    const { subject, connection } = await open(t, start);
    const caller = new AbortController();
    const left = connection.call({
      ...chat(subject, {}, caller.signal),
      onFirstByte: () => assert.fail("nothing may leave"),
    });
    caller.abort();
    await assert.rejects(left, (error) => {
      assert.ok(error instanceof UpstreamError);
      assert.equal(error.mayHaveArrived, false);
      return failsAs("aborted")(error);
    });
  });

  test(`${name}: a call tells nothing before it is under way, and nothing once it was cancelled`, async (t) => {
    const { subject } = await open(t, start);
    const connection = subject.engine.open(subject.address, 8);
    t.after(() => connection.close());
    const told: string[] = [];
    const begun = Promise.withResolvers<void>();
    const call = connection.call(chat(subject, endless), {
      onHead: (status) => told.push(`head ${status}`),
      onBytes(bytes) {
        assert.ok(bytes.length > 0);
        call.cancel();
        told.push("bytes");
        begun.resolve();
      },
      onEnd: () => told.push("end"),
      onFailure: () => told.push("failure"),
    });
    assert.deepEqual(told, []);
    await begun.promise;
    await subject.whenIdle();
    call.resume();
    call.cancel();
    await nextTurn();
    assert.deepEqual(told, ["head 200", "bytes"]);
  });

  test(`${name}: a receiver that pauses is told no more until it resumes, and misses nothing`, async (t) => {
    const { subject } = await open(t, start);
    const connection = subject.engine.open(subject.address, 8);
    t.after(() => connection.close());
    const pieces: string[] = [];
    const ended = Promise.withResolvers<void>();
    let isPaused = false;
    const call = connection.call(chat(subject, { ...endless, max_tokens: 100 }), {
      onHead: () => undefined,
      onBytes(bytes) {
        assert.equal(isPaused, false);
        pieces.push(Buffer.from(bytes).toString());
        isPaused = true;
        call.pause();
        setTimeout(() => {
          isPaused = false;
          call.resume();
        }, 1);
      },
      onEnd: () => ended.resolve(),
      onFailure: (error) => ended.reject(error),
    });
    await ended.promise;
    const { isClosed, count } = readEvents(subject, pieces.join(""));
    assert.equal(isClosed, true);
    assert.ok(count > 100, `${count} events`);
  });

  test(`${name}: draining waits for the answer under way`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answer = await connection.call(chat(subject, { ...endless, max_tokens: 200 }));
    let isDrained = false;
    const drained = connection.drain().then(() => (isDrained = true));
    await nextTurn();
    assert.equal(isDrained, false);
    assert.equal(readEvents(subject, await textOf(answer.body)).isClosed, true);
    await drained;
  });

  test(`${name}: a close ends a draining at once`, async (t) => {
    const { subject, connection } = await open(t, start);
    const answer = await connection.call(chat(subject, endless));
    const drained = connection.drain();
    await connection.close();
    await drained;
    await assert.rejects(textOf(answer.body), UpstreamError);
  });

  test(`${name}: a running engine answers a probe, and a call after it`, async (t) => {
    const { subject, connection } = await open(t, start);
    assert.equal(await connection.probe(new AbortController().signal), true);
    assert.equal((await connection.call(chat(subject, {}))).status, 200);
  });

  test(`${name}: evidence of nothing proves no place`, async (t) => {
    const { subject } = await open(t, start);
    for (const body of [null, undefined, 1, "", [], {}, { remote_host: "" }]) {
      const { places, isElsewhere } = subject.engine.evidence(subject.address, {}, body);
      assert.deepEqual({ places, isElsewhere }, { places: [], isElsewhere: false });
    }
  });
}

/** For `assert.rejects`. */
export function failsAs(failure: UpstreamFailure): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UpstreamError);
    assert.equal(error.failure, failure);
    return true;
  };
}

export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString();
}

const endless = { stream: true, max_tokens: 100_000, ignore_eos: true };

async function open(
  t: TestContext,
  start: () => Promise<EngineSubject>,
): Promise<{ subject: EngineSubject; connection: AskedConnection }> {
  const subject = await start();
  const connection = asking(subject.engine.open(subject.address, 8));
  t.after(async () => {
    await connection.close();
    await subject.stop();
  });
  return { subject, connection };
}

function chat(subject: EngineSubject, members: object, signal = new AbortController().signal) {
  const { operation = "chat_completions", askedAs = operation } = subject;
  return upstreamCall({
    operation: askedAs,
    model: subject.model,
    body: [requestOf(subject, members)],
    isStream: "stream" in members,
    requestId: "0123456789abcdef0123456789abcdef",
    signal,
  });
}

function requestOf({ model, operation }: EngineSubject, members: object): Buffer {
  const messages = [{ role: "user", content: "Which law governs the act?" }];
  const wish =
    "stream" in members && operation !== "messages" ? { stream_options: { include_usage: true } } : {};
  return Buffer.from(JSON.stringify({ model, messages, max_tokens: 8, ...wish, ...members }));
}

interface ReadAnswer {
  readonly fault: AnswerFault | null;
  readonly facts: AnswerFacts;
}

/** As the dialect's own reader understands it. */
function readWhole(subject: EngineSubject, text: string): ReadAnswer {
  const reader = readerOf(subject, {});
  const read = reader.whole(Buffer.from(text));
  return { fault: read.ok ? null : read.error, facts: reader.facts };
}

function readEvents(
  subject: EngineSubject,
  text: string,
): { readonly isClosed: boolean; readonly count: number; readonly facts: AnswerFacts } {
  const reader = readerOf(subject, { stream: true });
  const events = new SseParser(1_000_000).push(Buffer.from(text));
  assert.ok(events.ok);
  for (const [at, event] of events.value.entries()) {
    assert.equal(reader.isClosed, false, `event ${at} comes after the closing one`);
    assert.ok(reader.push(event).ok, event.data);
  }
  return { isClosed: reader.isClosed, count: events.value.length, facts: reader.facts };
}

function readerOf(subject: EngineSubject, members: object): AnswerTranslator {
  const { operation = "chat_completions" } = subject;
  const row = engineOperations.find(({ name }) => name === operation);
  assert.ok(row?.body === "json");
  const view = row.read(requestOf(subject, members));
  const translation = translationFor(operation, operation);
  assert.ok(view.ok && translation);
  return translation.answer(view.value);
}

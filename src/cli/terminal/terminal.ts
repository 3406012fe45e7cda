import { once } from "node:events";
import { formatInstant } from "../../base/index.ts";
import { openLineOutput } from "../../telemetry/index.ts";
import type { Readable, Writable } from "node:stream";
import { visible } from "./visible.ts";

/** The part of a process that a command talks through; `process` itself is one. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type TextOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * Who called a command. Results go to stdout, everything said about them to stderr.
 * INVARIANT: a command reads and writes through its terminal alone, so two in one process do not mix.
 */
export interface Terminal {
  readonly streams: Streams;
  /** Writes a line. Resolves when the reader keeps up, so that a long listing holds no more than one chunk in memory. */
  readonly print: (text: string) => Promise<void>;
  /** One JSON value on one line. */
  readonly printJson: (value: unknown) => Promise<void>;
  /** Text that brings its own line breaks. */
  readonly write: (text: string) => Promise<void>;
  readonly complain: (text: string) => void;
  /** A line without our name in front: findings that editors and CI parse, log lines. */
  readonly note: (line: string) => void;
  /** The command goes on when the reader of its output leaves or stalls, and waits for none. */
  readonly outliveReaders: () => void;
  /** For a command whose stderr is a log of JSON lines: what is said on it is one of them. */
  readonly complainInJson: () => void;
  /** Whether the end of stdout is the end of the command. */
  readonly endsWithItsReader: () => boolean;
}

/** Every text that a command writes passes here, wherever it came from: a log, a file name, another cell's answer. */
export function openTerminal(streams: Streams): Terminal {
  let isLasting = false;
  let isJson = false;
  // Whoever reads our complaints may stall or leave; that is no reason to do anything else.
  const stderr = openLineOutput(streams.stderr);
  const write = async (text: string): Promise<void> => {
    if (!streams.stdout.write(visible(text)) && !isLasting) await once(streams.stdout, "drain");
  };
  const say = (line: string, plain: string): void =>
    stderr.write(isJson ? formatSaid(line) : `${visible(plain)}\n`);
  return {
    streams,
    write,
    print: (text) => write(`${text}\n`),
    printJson: (value) => write(`${JSON.stringify(value)}\n`),
    complain: (text) => say(text, `bailiwick: ${text}`),
    note: (line) => say(line, line),
    outliveReaders: () => (isLasting = true),
    complainInJson: () => (isJson = true),
    endsWithItsReader: () => !isLasting,
  };
}

function formatSaid(message: string): string {
  const said = { time: formatInstant(Date.now()), level: "error", event: "said", message };
  return `${visible(JSON.stringify(said))}\n`;
}

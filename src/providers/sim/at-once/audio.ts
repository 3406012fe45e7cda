// Speech to words and words to speech, as OpenAI and vLLM write them. Nobody listens: what is said is how long the file was.
import { ok } from "../../../base/index.ts";
import { formatSseData, type EngineOperationName } from "../../../wire/index.ts";
import { wrong } from "../completion-request.ts";
import type { Members } from "../dialect.ts";
import { tokenize } from "../tokens.ts";
import type { AtOnceDialect } from "./at-once.ts";

export const transcriptionDialects: readonly AtOnceDialect[] = (
  ["audio_transcriptions", "audio_translations"] as const
).map(transcriptionDialect);

function transcriptionDialect(operation: EngineOperationName): AtOnceDialect {
  return {
    operation,
    read(members) {
      const { file } = members;
      if (typeof file !== "number") return wrong("file");
      const said = `This was a file of ${file} bytes.`;
      const prompt = tokenize("x".repeat(Math.min(file, 1_000)));
      const written = tokenize(said);
      const usage = {
        type: "tokens",
        input_tokens: prompt.length,
        output_tokens: written.length,
        total_tokens: prompt.length + written.length,
      };
      const { contentType, text } = told(members, { said, usage });
      return ok({ prompt, contentType, format: () => text });
    },
  };
}

const srt = (said: string): string => `1\n00:00:00,000 --> 00:00:01,000\n${said}\n\n`;
const vtt = (said: string): string => `WEBVTT\n\n00:00.000 --> 00:01.000\n${said}\n\n`;

function told(
  { stream, response_format: format }: Members,
  { said, usage }: { readonly said: string; readonly usage: object },
): { readonly contentType: string; readonly text: string } {
  if (stream === true) return { contentType: "text/event-stream", text: events(said, usage) };
  if (format === "text") return { contentType: "text/plain; charset=utf-8", text: `${said}\n` };
  if (format === "srt") return { contentType: "text/plain; charset=utf-8", text: srt(said) };
  if (format === "vtt") return { contentType: "text/vtt; charset=utf-8", text: vtt(said) };
  return { contentType: "application/json", text: JSON.stringify({ text: said, usage }) };
}

function events(said: string, usage: object): string {
  const deltas = tokenize(said).map((delta) => ({ type: "transcript.text.delta", delta }));
  return [...deltas, { type: "transcript.text.done", text: said, usage }]
    .map((event) => formatSseData(JSON.stringify(event)))
    .join("");
}

export const speechDialect: AtOnceDialect = {
  operation: "audio_speech",
  read({ input, response_format: format = "mp3", stream_format: streamed }) {
    const text = String(input);
    const prompt = tokenize(text);
    const type = speechTypes.get(String(format));
    if (type === undefined) return wrong("response_format");
    const sound = `SIM ${String(format)} of ${text.length} characters`;
    if (streamed !== "sse") return ok({ prompt, contentType: type, format: () => sound });
    const usage = { input_tokens: prompt.length, output_tokens: 1, total_tokens: prompt.length + 1 };
    const spoken = [
      { type: "speech.audio.delta", audio: Buffer.from(sound).toString("base64") },
      { type: "speech.audio.done", usage },
    ];
    const body = spoken.map((event) => formatSseData(JSON.stringify(event))).join("");
    return ok({ prompt, contentType: "text/event-stream", format: () => body });
  },
};

const speechTypes: ReadonlyMap<string, string> = new Map([
  ["mp3", "audio/mpeg"],
  ["opus", "audio/opus"],
  ["aac", "audio/aac"],
  ["flac", "audio/flac"],
  ["wav", "audio/wav"],
  ["pcm", "audio/pcm"],
]);

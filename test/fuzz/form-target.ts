// Forms: the parts are those that the standards' grammar cuts out, and what might be two things to two readers is refused.
import { isDeepStrictEqual } from "node:util";
import { scanForm } from "../../src/wire/form/multipart.ts";
import { type PlainPart, readPlainForm } from "./form-oracle.ts";
import type { Random } from "./random.ts";
import { damaged, type Target, type Tried } from "./target.ts";

export const formTarget: Target = { name: "multipart", tryOne };

const names = ["model", "file", "include[]", "stream", "é", "a", "_charset_", 'a"', "a\\", "a; b", ""];
const contents = [
  "",
  "x",
  "assistant",
  "RIFF\r\n\0é",
  "--",
  "\r\n--",
  "\n--b",
  "\r\n--b",
  "--b--",
  "-".repeat(9),
];
const lines = [
  "content-type: audio/wav",
  "content-type: multipart/mixed; boundary=c",
  "content-transfer-encoding: binary",
  "content-transfer-encoding: base64",
  "x-more: yes",
  " folded",
  "--b: x",
  `x: ${"y".repeat(4_060)}`,
];
const boundaries = ["b", "--b", "bb", "x-9"];

function tryOne(random: Random): Tried {
  const boundary = random.pick(boundaries);
  const whole = Buffer.from(formText(random, boundary), "utf8");
  const input = random.chance(0.4) ? damaged(whole, random) : cutAtTimes(whole, random);
  const expected = readPlainForm(Buffer.from(input).toString("latin1"), boundary);
  const scanned = scanForm(input, boundary);
  const seen = scanned.ok
    ? scanned.value.map(({ name, isFile, content: { start, end } }): PlainPart => {
        const content = Buffer.from(input.subarray(start, end)).toString("latin1");
        return { name, isFile, content };
      })
    : null;
  if (!isDeepStrictEqual(seen, expected)) return { difference: JSON.stringify({ seen, expected }), input };
  return { kind: scanned.ok ? "a form" : scanned.error.reason };
}

function formText(random: Random, boundary: string): string {
  const mark = random.chance(0.95) ? `--${boundary}` : `--${random.pick(boundaries)}`;
  const count = random.chance(0.03) ? 60 + random.below(8) : random.below(5);
  const parts = Array.from({ length: count }, (_, at) => {
    const name = random.chance(0.7) ? `n${at}` : random.pick(names);
    return `${mark}${random.chance(0.97) ? "" : " "}\r\n${head(random, name)}\r\n\r\n${random.pick(contents)}\r\n`;
  });
  const before = random.chance(0.03) ? "x\r\n" : "";
  return `${before}${parts.join("")}${mark}--${random.pick(["\r\n", "", "\r\n", "\r\nx"])}`;
}

function head(random: Random, name: string): string {
  const quoted = random.chance(0.8) ? `"${name}"` : name;
  const more = random.pick(["", "", "", '; filename="a.wav"', "; filename=a.wav; filename*=utf-8''a.wav"]);
  const disposition = `Content-Disposition: form-data; name=${quoted}${more}`;
  const others = random.chance(0.7) ? [] : random.some(2, () => random.pick(lines));
  return (random.chance(0.5) ? [disposition, ...others] : [...others, disposition]).join("\r\n");
}

function cutAtTimes(bytes: Uint8Array, random: Random): Uint8Array {
  return random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

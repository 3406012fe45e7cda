// The members of requests about speech by which they would leave the place that they were permitted for.
import type { ExitRule, FoundExit } from "../operation.ts";
import { isRemote, steeringExits, whenPresent } from "../openai/steering-exits.ts";

/** The fields of a form, in texts. */
export const transcriptionExits: readonly ExitRule[] = [
  ...steeringExits,
  // Groq fetches the first (console.groq.com/docs/speech-to-text), Mistral the second (docs.mistral.ai: audio).
  remoteAudio("url"),
  remoteAudio("file_url"),
  // Of Mistral's: what was stored there before.
  {
    ...whenPresent("file_id", "moves"),
    find: (value) => (value === null ? [] : [{ path: "", name: "file" }]),
  },
  // An address in the place of a file.
  remoteAudio("file"),
  // Voices to be told apart by, as data URLs.
  remoteAudio("known_speaker_references"),
];

export const speechExits: readonly ExitRule[] = [
  ...steeringExits,
  // vLLM-Omni speaks with the voice that it finds there (docs.vllm.ai/projects/vllm-omni).
  remoteAudio("ref_audio"),
];

function remoteAudio(member: string): ExitRule {
  return { member, does: "moves", find: findRemote };
}

function findRemote(value: unknown): readonly FoundExit[] {
  return [value].flat().some(isRemote) ? [{ path: "", name: "audio_url" }] : [];
}

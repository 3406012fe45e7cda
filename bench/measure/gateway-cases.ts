export interface Case {
  readonly name: string;
  readonly bodyKiB: number;
  readonly stream: boolean;
  readonly clients: number;
  readonly body: string;
}

export const gatewayCases: readonly Case[] = [
  caseOf({ bodyKiB: 1, stream: false, clients: 32 }),
  caseOf({ bodyKiB: 1, stream: false, clients: 1 }),
  caseOf({ bodyKiB: 1, stream: true, clients: 32 }),
  caseOf({ bodyKiB: 1, stream: true, clients: 1 }),
  caseOf({ bodyKiB: 16, stream: false, clients: 32 }),
  caseOf({ bodyKiB: 128, stream: false, clients: 8 }),
];

function caseOf(load: Pick<Case, "bodyKiB" | "stream" | "clients">): Case {
  const callers = load.clients === 1 ? "1 caller" : `${load.clients} callers`;
  const kind = load.stream ? "stream of 42 events" : "whole";
  return {
    ...load,
    name: `${load.bodyKiB} KiB, ${kind}, ${callers}`,
    body: bodyOf(load.bodyKiB, load.stream),
  };
}

/** Turns of a conversation, of some 1 KiB each. */
function bodyOf(kibibytes: number, stream: boolean): string {
  const sentence = "Summarise the terms of the contract below in three sentences. ";
  const messages = Array.from({ length: kibibytes }, (_, turn) => ({
    role: turn % 2 === 0 ? "user" : "assistant",
    content: sentence.repeat(15),
  }));
  return JSON.stringify({ model: "assistant", stream, messages });
}

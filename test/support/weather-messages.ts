// An engine of messages that wants two tools called, and answers once it has their results.
import type { TestContext } from "node:test";
import { formatSseEvent } from "../../src/wire/index.ts";
import { eventsOfMessage, messageOfPiece } from "./message-events.ts";
import { type RawUpstream, startRawUpstream, streamHead, wholeAnswer } from "./raw-http.ts";

const calling = {
  reasoning: ["Two places."],
  text: [],
  calls: [
    { id: "t-1", json: ['{"place"', ':"Bonn"}'] },
    { id: "t-2", json: ['{"place":"Köln"}'] },
  ],
};
const answering = { reasoning: [], text: ["Rain ", "in both."], calls: [] };

export function startWeatherMessages(t: TestContext, isStream: boolean): Promise<RawUpstream> {
  return startRawUpstream(t, (socket, request) => {
    const piece = request.includes('"type":"tool_result"') ? answering : calling;
    if (!isStream) return socket.write(wholeAnswer(200, JSON.stringify(messageOfPiece(piece))));
    const events = eventsOfMessage(piece).map(([name, body]) => formatSseEvent(name, JSON.stringify(body)));
    return socket.end(streamHead + events.join(""));
  });
}

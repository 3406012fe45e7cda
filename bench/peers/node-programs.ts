// Our own two ends of the scale: nothing in between, and as little in between as Node can.
import { benchKey, type Peer, type Server } from "./peer.ts";
import { freePort, startProgram } from "./server-process.ts";

export async function startUpstream(): Promise<Server> {
  const port = await freePort();
  return startProgram({
    name: "direct",
    port,
    program: process.execPath,
    args: [fileOf("upstream"), String(port)],
  });
}

export const pipe: Peer = {
  name: "pipe",
  ledger: false,
  whyMissing: () => null,
  start: (upstream) => startPipe(upstream, {}),
};

export async function startPipe(
  upstream: Server,
  environment: Readonly<Record<string, string>>,
): Promise<Server> {
  const port = await freePort();
  const args = [fileOf("pipe"), String(port), String(upstream.port), benchKey];
  return startProgram({ name: "pipe", port, program: process.execPath, args, environment });
}

function fileOf(program: string): string {
  return new URL(`../programs/${program}.ts`, import.meta.url).pathname;
}

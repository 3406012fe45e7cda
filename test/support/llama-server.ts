// llama.cpp's server in a process of its own, on a model file that the test makes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { llamaServer, pythonEnvironment } from "./python-packages.ts";
import { tinyGguf } from "./tiny-gguf.ts";

export interface LlamaServer {
  readonly url: string;
  kill(): Promise<void>;
}

/** The test that asked for it ends it. */
export async function startLlamaServer(t: TestContext): Promise<LlamaServer> {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-llama-server-"));
  const file = join(folder, "tiny.gguf");
  writeFileSync(file, tinyGguf({ seed: 7 }));
  const program = fileURLToPath(new URL("llama_server.py", import.meta.url));
  const child = spawn("python3", ["-B", program, file], {
    env: pythonEnvironment(llamaServer),
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  t.after(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return { url: await addressIn(child.stdout), kill };
}

async function addressIn(output: AsyncIterable<Buffer>): Promise<string> {
  let said = "";
  for await (const piece of output) {
    said += String(piece);
    const address = /^http:\S+$/m.exec(said)?.[0];
    if (address !== undefined && said.includes(`${address}\n`)) return address;
  }
  throw new Error(`llama.cpp's server has said no address: ${said}`);
}

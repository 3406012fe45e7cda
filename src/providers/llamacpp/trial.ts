// llama.cpp ends its process when a model file contradicts itself (`GGML_ASSERT`), and this process is a gateway. So
// another process loads the file first, and only a file that let it live is loaded here.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LlamaBackend } from "./library.ts";
import { type LoadedModel, loadModel, ModelFileError } from "./model.ts";

const program = fileURLToPath(new URL("./trial-process.ts", import.meta.url));
const timeoutMs = 600_000;

export async function loadTriedModel(start: () => Promise<LlamaBackend>, file: string): Promise<LoadedModel> {
  if (!(await survives(file))) throw new ModelFileError(file);
  return loadModel(await start(), file);
}

/** Whether a process that loads the model lives to tell. It gets no environment, hence no secrets. */
function survives(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(process.execPath, [program, file], { env: {}, stdio: "ignore", timeout: timeoutMs })
      .once("error", () => resolve(false))
      .once("exit", (code) => resolve(code === 0));
  });
}

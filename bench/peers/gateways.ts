// Gateways for models, each as its documents say how to start it, with no records and one worker.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { litellmProgram, portkeyProgram } from "./installed.ts";
import { benchHeaders, benchKey, type Peer } from "./peer.ts";
import { freePort, newFolder, startProgram } from "./server-process.ts";

/** It has no keys of its own: whoever calls says where to. */
export const portkey: Peer = {
  name: "portkey",
  ledger: false,
  whyMissing: () => portkeyProgram.whyMissing(),
  async start(upstream) {
    const port = await freePort();
    return startProgram({
      name: "portkey",
      port,
      program: process.execPath,
      args: [portkeyProgram.path(), `--port=${port}`, "--headless"],
      headers: {
        ...benchHeaders,
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `http://127.0.0.1:${upstream.port}/v1`,
      },
      environment: { NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
    });
  },
};

export const litellm: Peer = {
  name: "litellm",
  ledger: false,
  whyMissing: () => litellmProgram.whyMissing(),
  async start(upstream) {
    const port = await freePort();
    const file = join(newFolder("litellm"), "config.yaml");
    writeFileSync(file, litellmConfig(upstream.port));
    const args = ["--config", file, "--host", "127.0.0.1", "--port", String(port), "--num_workers", "1"];
    const environment = {
      LITELLM_LOG: "ERROR",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_TELEMETRY: "False",
    };
    const program = litellmProgram.path();
    return startProgram({ name: "litellm", port, program, args, environment, startLimitMs: 180_000 });
  },
};

/** Here so that its absence is told in each run, and not forgotten. */
export const bifrost: Peer = unobtainable(
  "bifrost",
  "the Go proxy refuses its module `transports`, and its npm package downloads a program from elsewhere",
);

function unobtainable(name: string, why: string): Peer {
  return { name, ledger: false, whyMissing: () => why, start: () => Promise.reject(new Error(why)) };
}

function litellmConfig(upstreamPort: number): string {
  return `model_list:
  - model_name: assistant
    litellm_params: { model: openai/assistant, api_base: "http://127.0.0.1:${upstreamPort}/v1", api_key: none }
general_settings: { master_key: ${benchKey} }
litellm_settings: { telemetry: false, num_retries: 0 }
`;
}

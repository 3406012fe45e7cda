// `GET /metrics` under vLLM's names, labels and buckets (vllm/v1/metrics/loggers.py), so that whatever scrapes a
// vLLM server scrapes this one. Whoever opens it owns its state.
import type { EngineCounts } from "./scheduler.ts";
import { blockTokens } from "./tokens.ts";

/** Durations of answers, in seconds. */
export class Latencies {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#bounds.forEach((bound, index) => {
      if (seconds <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    });
    this.#sum += seconds;
    this.#count++;
  }

  render(name: string, labels: string): string {
    return [
      `# TYPE ${name} histogram`,
      ...this.#bounds.map((bound, index) => `${name}_bucket{${labels},le="${bound}"} ${this.#counts[index]}`),
      `${name}_bucket{${labels},le="+Inf"} ${this.#count}`,
      `${name}_sum{${labels}} ${this.#sum}`,
      `${name}_count{${labels}} ${this.#count}`,
    ].join("\n");
  }
}

export const firstTokenBounds: readonly number[] = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
export const requestBounds: readonly number[] = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];

export interface MetricsSource {
  readonly model: string;
  readonly cacheBlocks: number;
  readonly counts: EngineCounts;
  readonly firstToken: Latencies;
  readonly request: Latencies;
}

/** Prometheus text exposition format 0.0.4. */
export function renderMetrics({ model, cacheBlocks, counts, firstToken, request }: MetricsSource): string {
  const labels = `engine="0",model_name=${JSON.stringify(model)}`;
  const one = (kind: "gauge" | "counter", name: string, value: number) =>
    `# TYPE ${name} ${kind}\n${name}{${labels}} ${value}`;
  return [
    one("gauge", "vllm:num_requests_running", counts.running),
    one("gauge", "vllm:num_requests_waiting", counts.waiting),
    one("gauge", "vllm:kv_cache_usage_perc", Math.min(counts.heldBlocks / cacheBlocks, 1)),
    one("counter", "vllm:prefix_cache_queries_total", counts.promptTokens),
    one("counter", "vllm:prefix_cache_hits_total", counts.cachedTokens),
    one("counter", "vllm:prompt_tokens_total", counts.promptTokens),
    one("counter", "vllm:generation_tokens_total", counts.generatedTokens),
    firstToken.render("vllm:time_to_first_token_seconds", labels),
    request.render("vllm:e2e_request_latency_seconds", labels),
    "# TYPE vllm:cache_config_info gauge",
    `vllm:cache_config_info{block_size="${blockTokens}",engine="0",num_gpu_blocks="${cacheBlocks}"} 1`,
    "",
  ].join("\n");
}

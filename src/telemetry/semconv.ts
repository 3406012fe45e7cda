// OpenTelemetry's names for generative AI, in Prometheus's form: dots become `_`, the unit `s` becomes `_seconds`,
// `{token}` is dropped. Pinned to schema https://opentelemetry.io/schemas/gen-ai/1.42.0 (status: Development; names
// still change there, so they stand in this one file). Labels are its attributes in the same form, such as
// `gen_ai_operation_name`, `gen_ai_request_model`, `gen_ai_token_type`, `error_type`.

export interface HistogramDefinition {
  readonly name: string;
  readonly help: string;
  /** The boundaries that the convention asks for. */
  readonly buckets: readonly number[];
}

/** `gen_ai.server.request.duration` */
export const serverRequestDuration: HistogramDefinition = {
  name: "gen_ai_server_request_duration_seconds",
  help: "Time from the request to the last byte of its answer.",
  buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};

/** `gen_ai.server.time_to_first_token` */
export const serverTimeToFirstToken: HistogramDefinition = {
  name: "gen_ai_server_time_to_first_token_seconds",
  help: "Time from the request to the first token of a successful answer.",
  buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
};

/**
 * `gen_ai.client.token.usage`, by `gen_ai_token_type` (`input`, `output`). Newer drafts replace it by counters;
 * dashboards of today ask for this one.
 */
export const clientTokenUsage: HistogramDefinition = {
  name: "gen_ai_client_token_usage",
  help: "Input and output tokens of a request, as the engine reports them.",
  buckets: Array.from({ length: 14 }, (_, exponent) => 4 ** exponent),
};

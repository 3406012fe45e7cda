// Models as Anthropic's clients list them.

export function formatAnthropicModelList(ids: readonly string[]): string {
  const [first = null] = ids;
  return JSON.stringify({
    data: ids.map(describe),
    has_more: false,
    first_id: first,
    last_id: ids.at(-1) ?? null,
  });
}

export function formatAnthropicModel(id: string): string {
  return JSON.stringify(describe(id));
}

/** When it was made is required by clients and known by nobody, as in OpenAI's dialect. */
function describe(id: string): unknown {
  return { type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" };
}

/** The body of `GET /v1/models`. `created` is required by clients and known by nobody, so it is 0. */
export function formatModelList(ids: readonly string[], ownedBy: string): string {
  return JSON.stringify({
    object: "list",
    data: ids.map((id) => ({ id, object: "model", created: 0, owned_by: ownedBy })),
  });
}

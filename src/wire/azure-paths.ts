/** Where Azure's callers look for an operation of OpenAI's dialect that is `rest` behind `/v1`. */
export function azurePaths(rest: string): readonly string[] {
  return [`/openai/v1${rest}`, `/openai/deployments/{deployment}${rest}`];
}

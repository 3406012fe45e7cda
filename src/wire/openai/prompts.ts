// What `prompt` and `input` may hold in OpenAI's dialect: texts or tokens, one or many.

/** How many prompts it is; null for what is none. */
export function countPrompts(value: unknown): number | null {
  if (typeof value === "string") return 1;
  if (!Array.isArray(value) || value.length === 0) return null;
  if (value.every(isToken)) return 1;
  const areMany = value.every((each) => typeof each === "string") || value.every(isTokens);
  return areMany ? value.length : null;
}

export const promptWords =
  "must be a text, an array of texts, an array of tokens, or an array of such arrays";

function isTokens(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isToken);
}

function isToken(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

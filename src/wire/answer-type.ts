// What an engine's answer is, as a caller may be told it.

const passed =
  /^(?:application\/(?:json|octet-stream|x-subrip)|text\/(?:plain|vtt)|audio\/[a-z0-9.+-]{1,40}|image\/(?:png|jpeg|webp))$/;

/**
 * Of a closed list: a page that a browser would run in this cell's name is none of them. What is no answer of this API is
 * bytes.
 */
export function answerType(contentType: string | undefined): string {
  const [type = "", ...parameters] = (contentType ?? "")
    .split(";")
    .map((piece) => piece.trim().toLowerCase());
  if (!passed.test(type)) return "application/octet-stream";
  const isUtf8 = parameters.some((parameter) => /^charset="?utf-8"?$/.test(parameter));
  return isUtf8 ? `${type}; charset=utf-8` : type;
}

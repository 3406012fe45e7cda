// A form as RFC 2046 §5.1.1 and RFC 7578 §4 write it, by cutting texts: slow, and plain to see through.

export interface PlainPart {
  readonly name: string;
  readonly isFile: boolean;
  readonly content: string;
}

const mostParts = 64;
const mostHeadCharacters = 4_096;
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]";

/** `text`: a character for each byte. Null where it is no form, or two readers might take it for two. */
export function readPlainForm(text: string, boundary: string): readonly PlainPart[] | null {
  const framed = `\r\n${text}`;
  const pieces = framed.split(`\r\n--${boundary}`);
  const [preamble, ...rest] = pieces;
  const last = rest.pop();
  if (preamble !== "" || (last !== "--" && last !== "--\r\n")) return null;
  if (rest.length === 0 || rest.length > mostParts) return null;
  const parts: PlainPart[] = [];
  for (const piece of rest) {
    const part = piece.startsWith("\r\n") ? readPiece(piece.slice(2), boundary) : null;
    if (!part) return null;
    if (!part.name.endsWith("[]") && parts.some(({ name }) => name === part.name)) return null;
    parts.push(part);
  }
  return parts;
}

function readPiece(piece: string, boundary: string): PlainPart | null {
  // Wherever a line may begin for somebody.
  if (`\n${piece}`.includes(`\n--${boundary}`)) return null;
  const blank = piece.indexOf("\r\n\r\n");
  if (blank === -1 || blank > mostHeadCharacters) return null;
  const lines = utf8(piece.slice(0, blank))?.split("\r\n");
  const fields = lines?.map((line) => new RegExp(`^(${token}+):(.*)$`, "su").exec(line));
  if (!fields) return null;
  const byName = new Map<string, string>();
  for (const field of fields) {
    const [, name = "", value = ""] = field ?? [];
    if (name === "" || byName.has(name.toLowerCase()) || hasControls(value)) return null;
    byName.set(name.toLowerCase(), value.replace(/^[ \t]*/, "").replace(/[ \t]*$/, ""));
  }
  if (/^multipart\//i.test(byName.get("content-type") ?? "")) return null;
  const encoding = (byName.get("content-transfer-encoding") ?? "binary").toLowerCase();
  if (!["7bit", "8bit", "binary"].includes(encoding)) return null;
  const head = readDisposition(byName.get("content-disposition") ?? "");
  return head && { ...head, content: piece.slice(blank + 4) };
}

function readDisposition(value: string): Omit<PlainPart, "content"> | null {
  const [type = "", first = "", second, third, ...others] = value.split(/; */);
  if (type.toLowerCase() !== "form-data" || others.length > 0) return null;
  const name = valueOf(first, "name");
  if (name === null || name === "" || name.length > 128 || name === "_charset_") return null;
  if (second === undefined) return { name, isFile: false };
  if (valueOf(second, "filename") === null) return null;
  if (third === undefined) return { name, isFile: true };
  const extended = new RegExp(`^filename\\*=(${token}+)$`, "i").exec(third)?.[1];
  return extended === undefined || extended.includes("*") ? null : { name, isFile: true };
}

function valueOf(parameter: string, name: string): string | null {
  const [, quoted, bare] = new RegExp(`^${name}=(?:"([^"\\\\]*)"|(${token}+))$`, "i").exec(parameter) ?? [];
  return quoted ?? bare ?? null;
}

function hasControls(text: string): boolean {
  return /[^\t\P{Cc}]/u.test(text);
}

function utf8(text: string): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return null;
  }
}

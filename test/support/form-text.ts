// Forms as clients of this API write them, as text.

interface FormField {
  readonly name: string;
  readonly value: string;
  readonly fileName?: string;
}

export function formText(fields: readonly FormField[], boundary = "b-9"): string {
  const parts = fields.map(({ name, value, fileName }) => {
    const file = fileName === undefined ? "" : `; filename="${fileName}"\r\nContent-Type: audio/wav`;
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  return `${parts.join("")}--${boundary}--\r\n`;
}

export const formTextType = "multipart/form-data; boundary=b-9";

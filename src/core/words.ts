// Numbers and lists as they stand in sentences for people.

/** A difference with two digits or three: "12", "0.0123", "1.1e-7". */
export function smallText(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return value < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
}

/** "1 tensor", "8 tensors". */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Names in a row, at most five of them. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** A shape in brackets: "[10, 16]". */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** A text in lines of at most `width` characters; a longer word stands alone. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** Bytes with a unit: "1.2 MB". */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

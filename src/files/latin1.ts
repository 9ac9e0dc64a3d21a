// Bytes as text of one character a byte (ISO 8859-1), and back.

/** Characters that are made in one call. */
const atOnce = 8192;

/** Each byte as the character of that number. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.byteLength; start += atOnce) {
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(start, start + atOnce));
  }
  return text;
}

/** The bytes of text in which each character is one; undefined when one is not. */
export function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

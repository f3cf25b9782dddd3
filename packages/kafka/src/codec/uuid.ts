const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const byteText: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Where in the 36 characters each of the 16 bytes begins. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** The 36 characters, in lower case, of the 16 bytes at a position. */
export function readUuid(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += byteText[bytes[at + index] ?? 0];
  }
  return text;
}

/** Whether a string is a UUID in its 36 characters. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuidPattern.test(text);
}

/** Writes the 16 bytes of a UUID given in its 36 characters. */
export function writeUuid(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < 16; index++) {
    const place = places[index] ?? 0;
    bytes[at + index] = (hexDigit(text.charCodeAt(place)) << 4) | hexDigit(text.charCodeAt(place + 1));
  }
}

/** The value of one hexadecimal digit given as its character code; letters of both cases share their low bits. */
function hexDigit(code: number): number {
  return code <= 57 ? code - 48 : (code & 0x0f) + 9;
}

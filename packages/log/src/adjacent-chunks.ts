/** The same bytes in as few views as can be: chunks that lie one behind the other in memory become one. */
export function joinAdjacent(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const [first] = chunks;
  if (first === undefined || chunks.length === 1) return chunks;
  const joined: Uint8Array[] = [];
  let start = first;
  let length = first.length;
  for (let index = 1; index < chunks.length; index++) {
    const chunk = chunks[index] as Uint8Array;
    if (chunk.buffer === start.buffer && chunk.byteOffset === start.byteOffset + length) {
      length += chunk.length;
      continue;
    }
    joined.push(view(start, length));
    start = chunk;
    length = chunk.length;
  }
  joined.push(view(start, length));
  return joined;
}

function view(start: Uint8Array, length: number): Uint8Array {
  return length === start.length ? start : new Uint8Array(start.buffer, start.byteOffset, length);
}

const newline = 0x0a;

/** A line without its end. The view is the reader's to keep. */
export type Line = Buffer;

/**
 * Cuts a stream of bytes into lines, byte for byte: nothing is decoded, `\r` is kept. A last line without an end counts.
 *
 * @param maxLineBytes - a longer line is an error
 * @throws RangeError naming the line
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<readonly Line[]> {
  let parts: Buffer[] = [];
  let partBytes = 0;
  let count = 0;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      lines.push(Buffer.concat([...parts, chunk.subarray(start, end)]));
      parts = [];
      partBytes = 0;
      start = end + 1;
    }
    count += lines.length;
    if (start < chunk.length) {
      parts.push(chunk.subarray(start));
      partBytes += chunk.length - start;
    }
    if (partBytes > maxLineBytes) throw new RangeError(`line ${count + 1} is longer than ${maxLineBytes} bytes`);
    if (lines.length > 0) yield lines;
  }
  if (parts.length > 0) yield [Buffer.concat(parts)];
}

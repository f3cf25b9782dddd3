import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogLine } from './late-logger.ts';
import { openPinoSink, type PinoSinkOptions } from './pino-sink.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streambus-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function written(
  format: PinoSinkOptions['format'],
  colour: boolean,
  lines: readonly LogLine[],
  end: 'settle' | 'flush' = 'settle',
): Promise<string> {
  const path = join(folder, 'log');
  const descriptor = openSync(path, 'w');
  const sink = await openPinoSink({ format, colour, descriptor });
  for (const line of lines) sink.write(line);
  if (end === 'flush') sink.flush();
  // Before the descriptor is closed: a write may be on its way through the system.
  await sink.settle();
  const content = readFileSync(path, 'utf8');
  closeSync(descriptor);
  return content;
}

const line: LogLine = { level: 'warn', timeMs: 1_700_000_000_123, fields: { topic: 'orders' }, message: 'it is late' };

describe('JSON lines', () => {
  it('have level, the time of the saying, fields and message, and are there after a flush', async () => {
    const content = await written('json', false, [line, { ...line, level: 'info', timeMs: 5 }]);
    expect(
      content
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each)),
    ).toEqual([
      { level: 'warn', time: 1_700_000_000_123, topic: 'orders', msg: 'it is late' },
      { level: 'info', time: 5, topic: 'orders', msg: 'it is late' },
    ]);
  });

  it('show errors with their stack and cause', async () => {
    const err = new Error('outer', { cause: new Error('inner') });
    const { err: shown } = JSON.parse(await written('json', false, [{ ...line, fields: { err } }]));
    expect(shown).toMatchObject({ type: 'Error', message: 'outer: inner' });
    expect(shown.stack).toContain('caused by: Error: inner');
  });
});

describe('the end of a process', () => {
  it('by an accident: what waits is written without another turn, beside what is on its way', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => ({ ...line, message: `line ${index}` }));
    const content = await written('json', false, lines, 'flush');
    expect(content.split('\n').filter((each) => each.includes('line '))).toHaveLength(100);
  });

  it('in order: everything is written, in order', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => ({ ...line, message: `line ${index}` }));
    const content = await written('json', false, lines);
    expect(
      content
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each).msg),
    ).toEqual(lines.map(({ message }) => message));
  });
});

describe('pretty lines', () => {
  it('are for people, coloured only when asked for', async () => {
    const colourCode = '\u001b[';
    const plain = await written('pretty', false, [line]);
    expect(plain).toContain('WARN: it is late');
    expect(plain).toContain('topic: "orders"');
    expect(plain).not.toContain(colourCode);
    expect(await written('pretty', true, [line])).toContain(colourCode);
  });
});

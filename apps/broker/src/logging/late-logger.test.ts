import { describe, expect, it } from 'vitest';
import { createLateLogger, type LogLine } from './late-logger.ts';

function setUp(options: Parameters<typeof createLateLogger>[0] = { level: 'info' }) {
  let nowMs = 0;
  const late = createLateLogger(options, () => {
    nowMs += 1;
    return nowMs;
  });
  const lines: LogLine[] = [];
  return { late, lines, sink: (line: LogLine) => lines.push(line) };
}

describe('a logger without a sink', () => {
  it('keeps lines with their time and passes them on in order', () => {
    const { late, lines, sink } = setUp();
    late.logger.info({ a: 1 }, 'one');
    late.logger.warn({}, 'two');
    late.attach(sink);
    late.logger.error({}, 'three');
    expect(lines).toEqual([
      { level: 'info', timeMs: 1, fields: { a: 1 }, message: 'one' },
      { level: 'warn', timeMs: 2, fields: {}, message: 'two' },
      { level: 'error', timeMs: 3, fields: {}, message: 'three' },
    ]);
  });

  it('keeps a bounded number of lines and says how many were lost', () => {
    const { late, lines, sink } = setUp({ level: 'info', maxKeptLines: 2 });
    for (const message of ['a', 'b', 'c', 'd']) late.logger.info({}, message);
    late.attach(sink);
    expect(lines.map(({ message, fields }) => [message, fields])).toEqual([
      ['a', {}],
      ['b', {}],
      ['lines said before the log was open are lost', { dropped: 2 }],
    ]);
  });
});

describe('levels', () => {
  it('below the configured one are dropped', () => {
    const { late, lines, sink } = setUp({ level: 'warn' });
    late.attach(sink);
    late.logger.debug({}, 'debug');
    late.logger.info({}, 'info');
    late.logger.warn({}, 'warn');
    late.logger.error({}, 'error');
    expect(lines.map(({ message }) => message)).toEqual(['warn', 'error']);
  });

  it('silent writes nothing', () => {
    const { late, lines, sink } = setUp({ level: 'silent' });
    late.attach(sink);
    late.logger.error({}, 'error');
    expect(lines).toEqual([]);
  });
});

describe('children', () => {
  it('put their fields on every line, the nearest winning, before and after the sink came', () => {
    const { late, lines, sink } = setUp();
    const child = late.logger.child({ topic: 'a', partition: 0 }).child({ partition: 1 });
    child.info({ offset: 5 }, 'early');
    late.attach(sink);
    child.info({ topic: 'b' }, 'late');
    expect(lines.map(({ fields }) => fields)).toEqual([
      { topic: 'a', partition: 1, offset: 5 },
      { topic: 'b', partition: 1 },
    ]);
  });
});

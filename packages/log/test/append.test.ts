import { LogError } from '@streambus/log';
import { describe, expect, it } from 'vitest';
import { appendFrames, bytesOf, createBench, folder, frame, offsetsIn, readAll } from './support/test-log.ts';

describe('append: what came during one turn', () => {
  it('leaves as one write with one sync', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 1);
    await clock.until(log.flush());
    const { write, sync } = disk.operationCounts;
    const { writes, syncs } = log.counters;
    const end = appendFrames(log, 50);
    expect(log.writtenEndOffset).toBe(1);
    await clock.until(log.whenDurable(end));
    expect(log.counters.writes - writes).toBe(1);
    expect(log.counters.syncs - syncs).toBe(1);
    expect(disk.operationCounts.write - write).toBe(1);
    expect(disk.operationCounts.sync - sync).toBe(1);
  });

  it('leaves before its end where the owner has nothing to add, and what comes after it goes into the next one', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 1);
    await clock.until(log.flush());
    const { write } = disk.operationCounts;
    appendFrames(log, 3);
    log.startWriting();
    for (let turns = 0; disk.operationCounts.write === write && turns < 100; turns++) await undefined;
    expect(disk.operationCounts.write - write).toBe(1);
    const end = appendFrames(log, 3);
    log.startWriting();
    await clock.until(log.whenDurable(end));
    expect(disk.operationCounts.write - write).toBe(2);
    log.startWriting();
    await clock.settle();
    expect(disk.operationCounts.write - write).toBe(2);
  });

  it('during a write goes into the next one', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bench = createBench(1, {
      beforeOperation: ({ kind, path }) => (kind === 'sync' && path.endsWith('.log') ? held : undefined),
    });
    const { log } = await bench.open();
    appendFrames(log, 1);
    await bench.clock.settle();
    expect([log.writtenEndOffset, log.durableEndOffset]).toEqual([0, 0]);
    for (let turn = 0; turn < 5; turn++) {
      appendFrames(log, 10);
      await bench.clock.settle();
    }
    expect(log.queuedBytes).toBeGreaterThan(50 * 32);
    expect(log.counters.writes).toBe(0);
    release?.();
    await bench.clock.until(log.whenDurable(51));
    expect(log.counters.writes).toBe(2);
  });

  it.each([
    ['once where one call writes and syncs', 'acked', [[20, 20]]],
    [
      'once per write and once per sync elsewhere',
      'os',
      [
        [20, 0],
        [20, 20],
      ],
    ],
  ] as const)('is told %s', async (_, kind, expected) => {
    const { open, clock } = createBench();
    const told: [number, number][] = [];
    const synced: number[] = [];
    const observer = {
      onAdvanced: (log: { writtenEndOffset: number; durableEndOffset: number }) =>
        void told.push([log.writtenEndOffset, log.durableEndOffset]),
      onSync: (_: number, bytes: number) => void synced.push(bytes),
    };
    const { log } = await open({ sync: { kind } }, { observer });
    appendFrames(log, 20);
    await clock.until(log.flush());
    expect(told).toEqual(expected);
    expect(synced).toEqual([log.sizeBytes]);
  });
});

describe('append: refusals before anything is taken', () => {
  it('a queue that is full', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ maxQueuedBytes: 200 });
    appendFrames(log, 3);
    expect(() => log.append(frame(3))).toThrow(expect.objectContaining({ code: 'LOG_QUEUE_FULL', retriable: true }));
    expect(log.endOffset).toBe(3);
    await clock.until(log.flush());
    log.append(frame(3));
    expect(log.endOffset).toBe(4);
  });

  it('a frame larger than maxFrameBytes, and one larger than the queue is taken alone', async () => {
    const { open } = createBench();
    const { log } = await open({ maxFrameBytes: 500, maxQueuedBytes: 100 });
    expect(() => log.append(frame(0, 500))).toThrow(expect.objectContaining({ code: 'LOG_FRAME_TOO_LARGE' }));
    log.append(frame(0, 400));
    expect(log.queuedBytes).toBe(432);
  });

  it('offsets that do not continue the log', async () => {
    const { open } = createBench();
    const { log } = await open({ initialOffset: 7 });
    expect(() => log.append(frame(6))).toThrow('does not follow a log that ends at 7');
    expect(() => log.append(frame(8))).toThrow('does not follow a log that ends at 7');
    expect(log.counters.appendedFrames).toBe(0);
  });

  it('a closed log', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    await clock.until(log.close());
    await clock.until(log.close());
    expect(() => log.append(frame(0))).toThrow(LogError);
    await expect(log.read({ fromOffset: 0, maxBytes: 1 })).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    await expect(log.whenDurable(1)).rejects.toMatchObject({ code: 'LOG_CLOSED' });
  });

  it('bad options, with what is allowed', async () => {
    const { open } = createBench();
    await expect(open({ segmentBytes: 0 })).rejects.toThrow(
      'segmentBytes is 0; it must be an integer from 1 to 2147483647',
    );
    await expect(open({ sync: { kind: 'interval', intervalMs: 0, intervalBytes: 1 } })).rejects.toMatchObject({
      code: 'LOG_INVALID_OPTION',
    });
  });
});

describe('append: sync policies', () => {
  it('interval: after so many bytes, or after so long', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ sync: { kind: 'interval', intervalMs: 50, intervalBytes: 1000 } });
    appendFrames(log, 1);
    await clock.settle();
    expect([log.writtenEndOffset, log.durableEndOffset]).toEqual([1, 0]);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(50);
    expect(log.durableEndOffset).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    appendFrames(log, 40);
    await clock.settle();
    expect(log.durableEndOffset).toBe(41);
    expect(clock.pendingTimers).toBe(0);
  });

  it('os: not before it is asked to', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ sync: { kind: 'os' } });
    const end = appendFrames(log, 10);
    await clock.until(log.whenWritten(end));
    await clock.advance(10_000);
    expect(log.durableEndOffset).toBe(0);
    const durable = log.whenDurable(end);
    await clock.until(log.flush());
    await clock.until(durable);
    expect(log.durableEndOffset).toBe(end);
  });

  it('can be changed while the log is open', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open();
    appendFrames(log, 1);
    await clock.until(log.flush());
    log.configure({ sync: { kind: 'os' } });
    appendFrames(log, 10);
    await clock.until(log.whenWritten(11));
    await clock.settle();
    expect(log.durableEndOffset).toBe(1);
    log.configure({ sync: { kind: 'acked' } });
    await clock.settle();
    expect(log.durableEndOffset).toBe(11);
    disk.crash('unsynced');
    expect((await open()).log.endOffset).toBe(11);
  });
});

describe('append: a change of the policy while frames are on their way', () => {
  it('to acked: a durable write does not stand for the writes before it', async () => {
    let hold = false;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { open, clock, disk } = createBench(1, {
      beforeOperation: ({ kind, path }) => (hold && kind === 'sync' && path.endsWith('.log') ? held : undefined),
    });
    const { log } = await open({ sync: { kind: 'os' } });
    appendFrames(log, 10);
    await clock.until(log.whenWritten(10));
    hold = true;
    log.configure({ sync: { kind: 'acked' } });
    const end = appendFrames(log, 1);
    await clock.settle();
    expect(log.durableEndOffset).toBe(0);
    release();
    await clock.until(log.whenDurable(end));
    disk.crash('unsynced');
    expect((await open()).log.endOffset).toBe(end);
  });

  it.each(['os', 'interval'] as const)(
    'to %s: what was taken under acked still gets durable by itself',
    async (kind) => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { open, clock } = createBench(1, {
        beforeOperation: ({ kind: operation, path }) =>
          operation === 'write' && path.endsWith('.log') ? held : undefined,
      });
      const { log } = await open();
      const durable = log.whenDurable(appendFrames(log, 3));
      await clock.settle();
      log.configure({ sync: kind === 'os' ? { kind } : { kind, intervalMs: 1e9, intervalBytes: 1e9 } });
      const startMs = clock.monotonicMs();
      release();
      await clock.until(durable);
      expect(clock.monotonicMs() - startMs).toBeLessThan(1000);
      await clock.until(log.close());
    },
  );
});

describe('append: the end of a life', () => {
  it('close writes and syncs what waits, and gives every file back', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ sync: { kind: 'os' } });
    const end = appendFrames(log, 10);
    const expected = frame(9);
    await clock.until(log.close());
    disk.crash('unsynced');
    const again = await open();
    expect(again.recovery).toMatchObject({ clean: true, scannedBytes: 0 });
    expect(again.log.endOffset).toBe(end);
    const read = await clock.until(again.log.read({ fromOffset: 9, maxBytes: 1 }));
    expect(bytesOf(read.chunks)).toEqual(bytesOf(expected.chunks));
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('destroy leaves nothing, and rejects what waits', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open();
    appendFrames(log, 10);
    const durable = log.whenDurable(10);
    const rejected = expect(durable).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    await clock.until(log.destroy());
    await rejected;
    expect(await disk.stat(folder)).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});

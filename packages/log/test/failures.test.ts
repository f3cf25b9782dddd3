import { describe, expect, it } from 'vitest';
import { namesIn, segmentPath } from './support/files.ts';
import { appendFrames, createBench, frame, offsetsIn, readAll } from './support/test-log.ts';

const frameBytes = 52;

describe('a full disk', () => {
  it('rejects what waits, cuts the part that was written, keeps serving, and goes on when there is space', async () => {
    const { open, disk, clock } = createBench();
    const rejections: string[] = [];
    const observer = { onRejected: (_: unknown, error: { code: string }) => void rejections.push(error.code) };
    const { log } = await open({}, { observer });
    const before = appendFrames(log, 5);
    await clock.until(log.flush());
    await clock.settle();
    disk.setCapacity(disk.usedBytes + 60);
    const end = appendFrames(log, 3);
    const full = { code: 'LOG_FULL', retriable: true, outcome: 'rejected' };
    const written = expect(log.whenWritten(end)).rejects.toMatchObject(full);
    const durable = expect(log.whenDurable(before + 1)).rejects.toMatchObject(full);
    await clock.settle();
    await Promise.all([written, durable]);
    expect(rejections).toEqual(['LOG_FULL']);
    expect([log.endOffset, log.writtenEndOffset, log.durableEndOffset]).toEqual([before, before, before]);
    expect((await disk.stat(segmentPath(0)))?.sizeBytes).toBe(before * frameBytes);
    expect(offsetsIn(await clock.until(readAll(log)))).toEqual([0, 1, 2, 3, 4]);
    disk.setCapacity(2 ** 30);
    const again = appendFrames(log, 3);
    await clock.until(log.whenDurable(again));
    disk.crash('unsynced');
    expect((await open()).log.endOffset).toBe(8);
  });

  it('cannot bring back what it rejected', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 5);
    await clock.until(log.flush());
    await clock.settle();
    disk.setCapacity(disk.usedBytes + 2 * frameBytes + 10);
    appendFrames(log, 3);
    await clock.settle();
    expect(log.endOffset).toBe(5);
    disk.crash('torn');
    expect((await open()).log.endOffset).toBe(5);
  });

  it('where a segment must be rolled', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 5);
    await clock.until(log.flush());
    await clock.settle();
    disk.setCapacity(disk.usedBytes);
    appendFrames(log, 1);
    await clock.settle();
    expect(log.endOffset).toBe(5);
    disk.setCapacity(2 ** 30);
    appendFrames(log, 6);
    await clock.until(log.flush());
    expect(log.durableEndOffset).toBe(11);
    expect(log.segmentCount).toBe(3);
  });

  it('is made room on by retention, even with no space for a checkpoint, and at any crash on the way', async () => {
    for (let fuse = 0; fuse < 30; fuse++) {
      let countdown = Number.POSITIVE_INFINITY;
      const bench = createBench(1, {
        beforeOperation: () => {
          if (countdown-- === 0) bench.disk.crash('unsynced');
        },
      });
      const { open, disk, clock } = bench;
      const { log } = await open({ segmentBytes: 5300 });
      appendFrames(log, 20, 1000);
      await clock.until(log.flush());
      await clock.settle();
      disk.setCapacity(disk.usedBytes);
      countdown = fuse;
      const retained = clock.until(log.retain({ nowMs: 0, retentionBytes: 11_000 }));
      const [outcome] = await Promise.allSettled([retained]);
      const crashed = countdown < 0;
      countdown = Number.POSITIVE_INFINITY;
      if (!crashed) {
        expect(outcome).toEqual({ status: 'fulfilled', value: 1 });
        expect(log.startOffset).toBe(5);
        appendFrames(log, 1);
        await clock.until(log.flush());
        expect((await namesIn(disk)).filter((name) => name.includes('deleted'))).toEqual([]);
        return;
      }
      const again = await open({ segmentBytes: 5300 });
      expect([0, 5]).toContain(again.log.startOffset);
      expect(again.log.endOffset).toBe(20);
      expect(offsetsIn(await clock.until(readAll(again.log))).at(0)).toBe(again.log.startOffset);
    }
    expect.unreachable('the fuse is too short');
  });

  it('does not keep a log from being opened and read', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 5);
    await clock.until(log.flush());
    disk.crash('none');
    disk.setCapacity(disk.usedBytes);
    const again = await open();
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a disk that fails', () => {
  it('at a sync: nobody knows what is durable, and nothing more is taken', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 5);
    await clock.until(log.flush());
    await clock.settle();
    disk.failNext({ operation: 'sync', code: 'DISK_IO', pathIncludes: '.log' });
    const end = appendFrames(log, 2);
    const durable = expect(log.whenDurable(end)).rejects.toMatchObject({ code: 'LOG_FAILED', outcome: 'unknown' });
    await clock.settle();
    await durable;
    expect(log.durableEndOffset).toBe(5);
    expect(() => log.append(frame(end))).toThrow(expect.objectContaining({ code: 'LOG_FAILED', outcome: 'rejected' }));
    await expect(log.flush()).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(offsetsIn(await clock.until(readAll(log)))).toHaveLength(log.writtenEndOffset);
    const { sync } = disk.operationCounts;
    await clock.until(log.close());
    expect(disk.operationCounts.sync).toBe(sync);
  });

  it('at the sync of a durable write, and what the next opening calls durable is', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 5);
    await clock.until(log.flush());
    await clock.settle();
    disk.failNext({ operation: 'sync', code: 'DISK_IO', pathIncludes: '.log' });
    appendFrames(log, 2);
    await clock.settle();
    disk.crash('none');
    const again = await open();
    expect(again.log.durableEndOffset).toBe(7);
    disk.crash('unsynced');
    expect((await open()).log.endOffset).toBe(7);
  });

  it('at a write', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    const before = appendFrames(log, 5);
    await clock.until(log.flush());
    await clock.settle();
    disk.failNext({ operation: 'write', code: 'DISK_IO', pathIncludes: '.log' });
    const end = appendFrames(log, 2);
    const written = expect(log.whenWritten(end)).rejects.toMatchObject({ code: 'LOG_FAILED', outcome: 'unknown' });
    await clock.settle();
    await written;
    expect(log.failure?.code).toBe('LOG_FAILED');
    expect(log.endOffset).toBe(before);
    await clock.until(log.close());
    const again = await open();
    expect(again.log.endOffset).toBeGreaterThanOrEqual(before);
  });

  it('at a read: the log goes on', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open({ tailCacheBytes: 0 });
    appendFrames(log, 5);
    await clock.until(log.flush());
    disk.failNext({ operation: 'read', code: 'DISK_IO', pathIncludes: '.log' });
    const request = { fromOffset: 0, maxBytes: 1 };
    await expect(clock.until(log.read(request))).rejects.toMatchObject({ code: 'LOG_DISK', retriable: true });
    expect((await clock.until(log.read(request))).nextOffset).toBe(1);
  });

  it('without a file descriptor: what waits is rejected, and the log goes on', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    disk.failNext({ operation: 'open', code: 'DISK_TOO_MANY_FILES', pathIncludes: '.log' });
    const rejected = expect(log.whenWritten(appendFrames(log, 1))).rejects.toMatchObject({
      code: 'LOG_TOO_MANY_FILES',
      retriable: true,
    });
    await clock.settle();
    await rejected;
    const end = appendFrames(log, 1);
    await clock.until(log.whenDurable(end));
    expect(log.durableEndOffset).toBe(1);
  });

  it('without a file descriptor for a segment that is there: nothing was written, so nothing has to be taken back', async () => {
    const { open, disk, clock } = createBench();
    const first = await open();
    appendFrames(first.log, 3);
    await clock.until(first.log.close());
    const { log } = await open();
    disk.failNext({ operation: 'open', code: 'DISK_TOO_MANY_FILES', times: 10 });
    const rejected = expect(log.whenWritten(appendFrames(log, 1))).rejects.toMatchObject({
      code: 'LOG_TOO_MANY_FILES',
      outcome: 'rejected',
      retriable: true,
    });
    await clock.settle();
    await rejected;
    expect(log.failure).toBeUndefined();
    disk.failNext({ operation: 'open', code: 'DISK_TOO_MANY_FILES', times: 0 });
    for (let turn = 0; turn < 20; turn++) {
      appendFrames(log, 1);
      await clock.settle();
    }
    expect(log.failure).toBeUndefined();
    expect(log.durableEndOffset).toBeGreaterThan(3);
  });

  it('at the checkpoint of a new start: asking again saves it', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 10);
    await clock.until(log.flush());
    disk.failNext({ operation: 'rename', code: 'DISK_IO', pathIncludes: 'log-checkpoint' });
    await expect(clock.until(log.truncatePrefix(4))).rejects.toMatchObject({ code: 'LOG_DISK', outcome: 'unknown' });
    await clock.until(log.truncatePrefix(4));
    disk.crash('unsynced');
    expect((await open()).log.startOffset).toBe(4);
  });

  it('at opening a file while the log closes', async () => {
    let refuse = (): void => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    let hold = false;
    const { open, disk, clock } = createBench(1, {
      beforeOperation: ({ kind, path }) => (hold && kind === 'open' && path.endsWith('.log') ? refused : undefined),
    });
    const first = await open();
    appendFrames(first.log, 3);
    await clock.until(first.log.close());
    const { log } = await open();
    hold = true;
    disk.failNext({ operation: 'open', code: 'DISK_IO', pathIncludes: '.log' });
    const read = expect(log.read({ fromOffset: 0, maxBytes: 1 })).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    await clock.settle();
    const closed = log.close();
    await clock.settle();
    refuse();
    await read;
    await clock.until(closed);
  });

  it('while a background sync runs beside a write', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open({ sync: { kind: 'interval', intervalMs: 5, intervalBytes: 100 } });
    disk.failNext({ operation: 'sync', code: 'DISK_IO', pathIncludes: '.log' });
    for (let turn = 0; turn < 5 && log.failure === undefined; turn++) {
      appendFrames(log, 10);
      await clock.settle();
    }
    expect(log.failure?.code).toBe('LOG_FAILED');
    expect(log.queuedBytes).toBe(0);
    await clock.until(log.close());
  });
});

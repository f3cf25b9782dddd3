import { createLogResources } from '@streambus/log';
import { describe, expect, it } from 'vitest';
import { flipBit, namesIn, overwrite, segmentPath } from './support/files.ts';
import { appendFrames, bytesOf, createBench, folder, frame, offsetsIn, readAll } from './support/test-log.ts';

const frameBytes = 52;

describe('read: from memory', () => {
  it('gives what is at the tail at once, as the views that were appended', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open();
    const appended = frame(0, 5000);
    log.append(appended);
    expect(log.readTail({ fromOffset: 0, maxBytes: 1 })?.sizeBytes).toBe(0);
    expect(log.readTail({ fromOffset: 0, maxBytes: 1, endOffset: 1 })?.chunks[1]).toBe(appended.chunks[1]);
    await clock.until(log.flush());
    const { read } = disk.operationCounts;
    const tail = log.readTail({ fromOffset: 0, maxBytes: 1 });
    expect(tail).toMatchObject({ sizeBytes: 5032, firstOffset: 0, nextOffset: 1 });
    expect(tail?.chunks[1]).toBe(appended.chunks[1]);
    expect(disk.operationCounts.read).toBe(read);
  });

  it('is bounded: older frames come from disk', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ tailCacheBytes: 5 * frameBytes });
    appendFrames(log, 20);
    await clock.until(log.flush());
    expect(log.readTail({ fromOffset: 14, maxBytes: 1000 })).toBeUndefined();
    expect(offsetsIn(log.readTail({ fromOffset: 15, maxBytes: 1000 }) ?? expect.unreachable())).toHaveLength(5);
    expect(offsetsIn(await clock.until(log.read({ fromOffset: 14, maxBytes: 100 })))).toEqual([14]);
  });

  it('gives small frames that came one behind the other in few pieces', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    const end = appendFrames(log, 100);
    await clock.until(log.flush());
    const read = log.readTail({ fromOffset: 0, maxBytes: 100_000 }) ?? expect.unreachable();
    expect(offsetsIn(read)).toHaveLength(end);
    expect(read.chunks.length).toBeLessThan(20);
  });

  it('keeps no large buffer alive for a small frame', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    const received = new Uint8Array(65536);
    const small = bytesOf(frame(0).chunks);
    received.set(small, 100);
    const chunk = received.subarray(100, 100 + small.length);
    log.append({ chunks: [chunk], firstOffset: 0, nextOffset: 1, maxTimestampMs: -1 });
    await clock.until(log.flush());
    const kept = log.readTail({ fromOffset: 0, maxBytes: 1 })?.chunks[0];
    expect(kept).toEqual(small);
    expect(kept?.buffer.byteLength).toBeLessThanOrEqual(4 * small.length);
  });
});

describe('read: from disk', () => {
  it('one read of a bounded region per call, whatever the number of frames', async () => {
    const { open, clock, disk } = createBench();
    const { log } = await open({ tailCacheBytes: 0, indexIntervalBytes: 500 });
    appendFrames(log, 1000);
    await clock.until(log.flush());
    const { read } = disk.operationCounts;
    const found = await clock.until(log.read({ fromOffset: 700, maxBytes: 30 * frameBytes }));
    expect(offsetsIn(found)).toEqual(Array.from({ length: 30 }, (_, index) => 700 + index));
    expect(disk.operationCounts.read - read).toBe(1);
  });

  it('the frame that holds the offset whole, and the first one above maxBytes unless it is not wanted', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ tailCacheBytes: 0 });
    log.append(frame(0, 20, 10));
    log.append(frame(10, 9000, 10));
    log.append(frame(20));
    await clock.until(log.flush());
    expect(await clock.until(log.read({ fromOffset: 4, maxBytes: 1 }))).toMatchObject({
      firstOffset: 0,
      nextOffset: 10,
    });
    const large = await clock.until(log.read({ fromOffset: 15, maxBytes: 1 }));
    expect(large).toMatchObject({ firstOffset: 10, nextOffset: 20, sizeBytes: 9032 });
    const none = await clock.until(log.read({ fromOffset: 15, maxBytes: 1, minOneFrame: false }));
    expect(none).toEqual({ chunks: [], sizeBytes: 0, firstOffset: 15, nextOffset: 15 });
    expect((await clock.until(log.read({ fromOffset: 0, maxBytes: 1e6, endOffset: 15 }))).nextOffset).toBe(10);
  });

  it('refuses offsets that are not there', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ initialOffset: 5 });
    const end = appendFrames(log, 5);
    await clock.until(log.flush());
    for (const fromOffset of [4, end + 1]) {
      await expect(log.read({ fromOffset, maxBytes: 1 })).rejects.toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' });
    }
    expect((await log.read({ fromOffset: end, maxBytes: 1 })).sizeBytes).toBe(0);
  });

  it('goes on across gaps, where offsets are sparse', async () => {
    const { open, clock } = createBench();
    for (const tailCacheBytes of [0, 10_000]) {
      const { log } = await open({
        offsets: 'sparse',
        tailCacheBytes,
        folder: `/data/sparse-${tailCacheBytes}`,
        segmentBytes: 120,
      });
      for (const offset of [3, 4, 10, 50, 51, 90]) log.append(frame(offset));
      await clock.until(log.flush());
      expect(offsetsIn(await clock.until(readAll(log, 5)))).toEqual([10, 50, 51, 90]);
      await clock.until(log.close());
    }
  });
});

describe('read: beside changes', () => {
  it('while the log is written, rolled, retained and cut at the front, every read is whole or out of range', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ segmentBytes: 600, tailCacheBytes: 300, indexIntervalBytes: 100 });
    let reads = 0;
    const reader = async (): Promise<void> => {
      while (log.endOffset < 400) {
        await new Promise<void>((resolve) => clock.nextTurn(resolve));
        const fromOffset = Math.max(log.startOffset, log.writtenEndOffset - 30);
        try {
          const found = offsetsIn(await log.read({ fromOffset, maxBytes: 500, verify: true }));
          expect(found).toEqual(found.map((_, index) => fromOffset + index));
          reads += found.length;
        } catch (error) {
          expect(error).toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' });
        }
      }
    };
    const writer = async (): Promise<void> => {
      while (log.endOffset < 400) {
        await log.whenWritten(appendFrames(log, 4));
        await log.retain({ nowMs: 0, retentionBytes: 1200 });
        await log.truncatePrefix(Math.max(log.startOffset, log.durableEndOffset - 25));
      }
    };
    await clock.until(Promise.all([reader(), reader(), writer()]));
    expect(reads).toBeGreaterThan(100);
  });

  it('a truncation of the suffix waits for readers of the segment that it cuts', async () => {
    const { open, clock } = createBench();
    const { log } = await open({ tailCacheBytes: 0 });
    appendFrames(log, 50);
    await clock.until(log.flush());
    const [found] = await clock.until(
      Promise.all([log.read({ fromOffset: 0, maxBytes: 10_000, verify: true }), log.truncateSuffix(10)]),
    );
    expect(offsetsIn(found).length).toBeGreaterThanOrEqual(10);
    appendFrames(log, 3);
    await clock.until(log.flush());
    expect(offsetsIn(await clock.until(readAll(log)))).toHaveLength(13);
  });
});

describe('read: indexes are never believed', () => {
  async function closedLog(): Promise<ReturnType<typeof createBench>> {
    const bench = createBench();
    const { log } = await bench.open({ indexIntervalBytes: 200, segmentBytes: 5000 });
    for (let index = 0; index < 200; index++) log.append(frame(index, 20, 1, 1000 + index));
    await bench.clock.until(log.close());
    return bench;
  }
  const options = { indexIntervalBytes: 200, segmentBytes: 5000, tailCacheBytes: 0 };
  const indexPath = segmentPath(0).replace('.log', '.index');
  const timeIndexPath = segmentPath(0).replace('.log', '.timeindex');

  async function expectToRead({ open, clock }: ReturnType<typeof createBench>, rebuilt: number): Promise<void> {
    const { log } = await open(options);
    expect(offsetsIn(await clock.until(log.read({ fromOffset: 77, maxBytes: 100 })))).toEqual([77]);
    expect((await clock.until(log.offsetForTimestamp(1060)))?.firstOffset).toBe(60);
    expect(log.counters.rebuiltIndexes).toBe(rebuilt);
    await clock.until(log.close());
  }

  it('right ones are used as they are', async () => expectToRead(await closedLog(), 0));

  it('missing ones are built anew', async () => {
    const bench = await closedLog();
    await bench.disk.remove(indexPath);
    await expectToRead(bench, 1);
    await expectToRead(bench, 0);
    await bench.disk.remove(timeIndexPath);
    await expectToRead(bench, 1);
  });

  it('damaged ones are built anew, at every byte', async () => {
    const bench = await closedLog();
    const size = (await bench.disk.stat(indexPath))?.sizeBytes ?? 0;
    for (let position = 0; position < size; position += 3) {
      await flipBit(bench.disk, indexPath, position);
      await expectToRead(bench, 1);
    }
  });

  it('whole ones of another segment are found out by the frames they point to', async () => {
    const bench = await closedLog();
    const other = (await namesIn(bench.disk)).filter((name) => name.endsWith('.index'))[0] ?? '';
    expect(`${folder}/${other}`).toBe(indexPath);
    const source = createBench();
    const { log } = await source.open({ indexIntervalBytes: 200 });
    for (let index = 0; index < 40; index++) log.append(frame(index * 2, 41, 2, 1000));
    await source.clock.until(log.close());
    for (const path of [indexPath, timeIndexPath]) {
      const file = await source.disk.open(path, 'read');
      const content = new Uint8Array(await file.size());
      await file.read(content, 0);
      await overwrite(bench.disk, path, content);
    }
    await expectToRead(bench, 1);
  });
});

describe('shared resources', () => {
  it('bound the open files and the memory of many logs', async () => {
    const { open, clock, disk } = createBench();
    const resources = createLogResources(
      { disk },
      { maxOpenFiles: 4, maxTailCacheBytes: 2000, maxIndexCacheBytes: 1000 },
    );
    const logs = await Promise.all(
      [...Array(20).keys()]
        .map((index) => ({ folder: `/data/many-${index}` }))
        .map((changed) => open({ ...changed, segmentBytes: 300, indexIntervalBytes: 1 }, { resources })),
    );
    for (const { log } of logs) appendFrames(log, 20);
    await clock.until(Promise.all(logs.map(({ log }) => log.flush())));
    await clock.settle();
    expect(resources.openFiles).toBeLessThanOrEqual(4);
    expect(resources.tailCacheBytes).toBeLessThanOrEqual(2000);
    for (const { log } of logs) expect(offsetsIn(await clock.until(readAll(log)))).toHaveLength(20);
    expect(resources.indexCacheBytes).toBeLessThanOrEqual(1000);
    await clock.until(Promise.all(logs.map(({ log }) => log.close())));
    expect([resources.openFiles, resources.tailCacheBytes, resources.indexCacheBytes]).toEqual([0, 0, 0]);
  });
});

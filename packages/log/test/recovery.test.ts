import { encodeChecksummedFrame } from '@streambus/log';
import { readWholeFile } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { flipBit, namesIn, overwrite, segmentPath } from './support/files.ts';
import { appendFrames, createBench, folder, frame, offsetsIn, readAll, type TestBench } from './support/test-log.ts';

/** A log of ten frames of 52 bytes whose process died: no checkpoint says more than that it exists. */
async function killedLog(): Promise<TestBench & { content: Uint8Array }> {
  const bench = createBench();
  const { log } = await bench.open();
  appendFrames(log, 10);
  await bench.clock.until(log.flush());
  bench.disk.crash('none');
  await bench.disk.remove(`${folder}/log-checkpoint`);
  return { ...bench, content: await readWholeFile(bench.disk, segmentPath(0)) };
}

const frameBytes = 52;

describe('recovery: a torn tail is cut, reported, and the log goes on', () => {
  it('cut at every byte', async () => {
    const { content, disk, open, clock } = await killedLog();
    for (let length = 0; length < content.length; length++) {
      await overwrite(disk, segmentPath(0), content.subarray(0, length));
      await disk.remove(`${folder}/log-checkpoint`);
      const { log, recovery } = await open();
      const whole = Math.floor(length / frameBytes);
      const rest = length % frameBytes;
      expect(log.endOffset).toBe(whole);
      expect(recovery.truncated).toEqual(
        rest === 0
          ? undefined
          : {
              file: segmentPath(0),
              position: whole * frameBytes,
              bytes: rest,
              reason: rest >= 32 ? 'torn' : 'garbage',
              endOffset: whole,
            },
      );
      appendFrames(log, 1);
      await clock.until(log.flush());
      expect(offsetsIn(await clock.until(readAll(log)))).toEqual(
        Array.from({ length: whole + 1 }, (_, index) => index),
      );
      await clock.until(log.close());
    }
  });

  it('zeros from every byte to the end, and zeros after the end', async () => {
    const { content, disk, open, clock } = await killedLog();
    for (let from = 0; from <= content.length; from++) {
      const zeroed = new Uint8Array(content.length + 100);
      zeroed.set(content.subarray(0, from));
      await overwrite(disk, segmentPath(0), zeroed);
      await disk.remove(`${folder}/log-checkpoint`);
      const { log, recovery } = await open();
      const whole = Math.floor(from / frameBytes);
      expect(log.endOffset).toBe(whole);
      expect(recovery.truncated?.position).toBe(whole * frameBytes);
      if (from % frameBytes === 0) expect(recovery.truncated?.reason).toBe('zeros');
      await clock.until(log.close());
    }
  });

  it('garbage after the end, also where it looks like a header', async () => {
    const { content, disk, open, clock } = await killedLog();
    const lying = frame(10, 300).chunks[0] as Uint8Array;
    for (const garbage of [
      Uint8Array.of(7),
      new Uint8Array(500).fill(0xa5),
      lying,
      new Uint8Array([...lying, ...lying]),
    ]) {
      await overwrite(disk, segmentPath(0), new Uint8Array([...content, ...garbage]));
      await disk.remove(`${folder}/log-checkpoint`);
      const { log, recovery } = await open();
      expect(log.endOffset).toBe(10);
      expect(recovery.truncated).toMatchObject({ position: content.length, bytes: garbage.length });
      await clock.until(log.close());
    }
  });

  it('is cut for good: the next opening is clean', async () => {
    const { content, disk, open, clock } = await killedLog();
    await overwrite(disk, segmentPath(0), content.subarray(0, 500));
    const { log } = await open();
    expect(log.endOffset).toBe(9);
    disk.crash('unsynced');
    const again = await open();
    expect(again.recovery).toMatchObject({ clean: true, scannedBytes: 0 });
    expect(offsetsIn(await clock.until(readAll(again.log)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('recovery: damage is refused, with file and byte, and nothing is changed', () => {
  it('a flipped bit anywhere but in the last frame', async () => {
    const { content, disk, open } = await killedLog();
    for (let position = 0; position < content.length - frameBytes; position += 5) {
      await overwrite(disk, segmentPath(0), content);
      await flipBit(disk, segmentPath(0), position, position % 8);
      const damaged = await readWholeFile(disk, segmentPath(0));
      const at = Math.floor(position / frameBytes) * frameBytes;
      await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: segmentPath(0), position: at });
      expect(await readWholeFile(disk, segmentPath(0))).toEqual(damaged);
    }
  });

  it('a frame that is missing, doubled or out of place', async () => {
    const { content, disk, open } = await killedLog();
    const [first, second] = [content.subarray(0, frameBytes), content.subarray(frameBytes, 2 * frameBytes)];
    const rest = content.subarray(2 * frameBytes);
    for (const pieces of [
      [first, rest],
      [first, second, second, rest],
      [first, rest, second],
    ]) {
      await overwrite(disk, segmentPath(0), Uint8Array.from(pieces.flatMap((piece) => [...piece])));
      await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: segmentPath(0) });
    }
  });

  it('anything before the recovery point: cut, and gone', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.flush());
    await clock.until(log.checkpoint());
    disk.crash('none');
    const last = (await namesIn(disk)).filter((name) => name.endsWith('.log')).at(-1) ?? '';
    const paths = [segmentPath(5), `${folder}/${last}`];
    for (const path of paths) {
      const content = await readWholeFile(disk, path);
      await overwrite(disk, path, content.subarray(0, content.length - 1));
      await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: path, position: content.length - 1 });
      await disk.remove(path);
      await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: path, position: 0 });
      await overwrite(disk, path, content);
    }
    const sealed = await readWholeFile(disk, segmentPath(5));
    await overwrite(disk, segmentPath(5), new Uint8Array([...sealed, 1, 2, 3]));
    await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: segmentPath(5), position: sealed.length });
  });

  it('the end of a segment that others follow', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.flush());
    disk.crash('none');
    await disk.remove(`${folder}/log-checkpoint`);
    const content = await readWholeFile(disk, segmentPath(5));
    for (const cut of [frameBytes, frameBytes - 7]) {
      await overwrite(disk, segmentPath(5), content.subarray(0, content.length - cut));
      await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: segmentPath(5) });
    }
  });

  it('the checkpoint itself', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 3);
    await clock.until(log.close());
    await flipBit(disk, `${folder}/log-checkpoint`, 40);
    await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: `${folder}/log-checkpoint` });
  });

  it('a flipped bit before the recovery point, when everything is verified or read with verification', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 10);
    await clock.until(log.close());
    await flipBit(disk, segmentPath(0), 3 * frameBytes + 40);
    const damage = { code: 'LOG_DAMAGED', file: segmentPath(0), position: 3 * frameBytes };
    await expect(open({ verify: 'all' })).rejects.toMatchObject(damage);
    const again = await open();
    await expect(clock.until(readAll(again.log))).rejects.toMatchObject(damage);
  });

  it('zeros to the end that begin before the recovery point: what was durable is checked before a tail is cut', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 10);
    await clock.until(log.flush());
    await clock.until(log.checkpoint());
    appendFrames(log, 5);
    await clock.until(log.flush());
    disk.crash('none');
    const content = (await readWholeFile(disk, segmentPath(0))).fill(0, 3 * frameBytes + 7);
    await overwrite(disk, segmentPath(0), content);
    await expect(open()).rejects.toMatchObject({
      code: 'LOG_DAMAGED',
      file: segmentPath(0),
      position: 3 * frameBytes,
    });
    expect(await readWholeFile(disk, segmentPath(0))).toEqual(content);
  });

  it('the frame that damage begins in, also where only headers were looked at before', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open({ indexIntervalBytes: frameBytes });
    appendFrames(log, 10);
    await clock.until(log.flush());
    await clock.until(log.checkpoint());
    appendFrames(log, 5);
    await clock.until(log.flush());
    disk.crash('none');
    // The header of that frame stays as it was, so that only its checksum tells.
    const content = (await readWholeFile(disk, segmentPath(0))).fill(0, 2 * frameBytes + 45);
    await overwrite(disk, segmentPath(0), content);
    for (const name of await namesIn(disk)) if (name.includes('index')) await disk.remove(`${folder}/${name}`);
    await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', file: segmentPath(0), position: 2 * frameBytes });
  });

  it('frames of another format', async () => {
    const { open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 1);
    await clock.until(log.close());
    await expect(open({ format: { ...log.format, name: 'other' } })).rejects.toMatchObject({
      code: 'LOG_INVALID_OPTION',
    });
  });
});

describe('recovery: where writes are not synced one by one', () => {
  it('a loss of power may take an earlier write: the later ones are cut and reported', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open({ sync: { kind: 'os' } });
    appendFrames(log, 4);
    await clock.until(log.flush());
    appendFrames(log, 6);
    await clock.until(log.whenWritten(10));
    disk.crash('none');
    const content = await readWholeFile(disk, segmentPath(0));
    await overwrite(disk, segmentPath(0), content.fill(0, 5 * frameBytes, 6 * frameBytes));
    const again = await open({ sync: { kind: 'os' } });
    expect(again.log.endOffset).toBe(5);
    expect(again.recovery.truncated).toMatchObject({ position: 5 * frameBytes, reason: 'unordered', endOffset: 5 });
  });
});

describe('recovery: what was durable stays, whatever the settings are now', () => {
  it('frames larger than maxFrameBytes is at this start', async () => {
    const { open, disk, clock } = createBench();
    const { log } = await open({ maxFrameBytes: 10_000 });
    log.append(frame(0, 5000));
    await clock.until(log.flush());
    disk.crash('unsynced');
    const again = await open({ maxFrameBytes: 1000 });
    expect(again.recovery.truncated).toBeUndefined();
    expect(again.log.endOffset).toBe(1);
  });

  it.each([0, 2])('frames larger than maxFrameBytes was before and after they came, %i behind them', async (behind) => {
    const { open, disk, clock } = createBench();
    const { log } = await open({ maxFrameBytes: 1000 });
    appendFrames(log, 2);
    await clock.until(log.flush());
    await clock.until(log.checkpoint());
    log.configure({ maxFrameBytes: 10_000 });
    log.append(frame(2, 5000));
    await clock.until(log.flush());
    log.configure({ maxFrameBytes: 1000 });
    appendFrames(log, behind);
    await clock.until(log.flush());
    disk.crash('unsynced');
    const again = await open({ maxFrameBytes: 1000 });
    expect(again.recovery.truncated).toBeUndefined();
    expect(again.log.endOffset).toBe(3 + behind);
  });
});

describe('recovery: indexes, which are never synced, may have lost what came last', () => {
  it.each(['closed', 'killed'] as const)(
    'their end is made anew, so that reads stay small, in a log that was %s',
    async (how) => {
      let largestRead = 0;
      const { open, disk, clock } = createBench(1, {
        beforeOperation: ({ kind, path, lengthBytes = 0 }) => {
          if (kind === 'read' && path.endsWith('.log')) largestRead = Math.max(largestRead, lengthBytes);
        },
      });
      const options = { indexIntervalBytes: 100, tailCacheBytes: 0 };
      const { log } = await open(options);
      for (let round = 0; round < 10; round++) {
        appendFrames(log, 400);
        await clock.until(log.flush());
      }
      await clock.until(log.checkpoint());
      if (how === 'closed') await clock.until(log.close());
      else disk.crash('none');
      // As a file system leaves them whose journal had not come to the last appends: whole blocks, and fewer.
      for (const [extension, entryBytes] of [
        ['index', 8],
        ['timeindex', 12],
      ] as const) {
        const path = segmentPath(0).replace(/log$/, extension);
        const bytes = await readWholeFile(disk, path);
        const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
        await overwrite(disk, path, bytes.slice(0, 12 + count * entryBytes));
      }
      const again = await open(options);
      await clock.until(again.log.read({ fromOffset: 3000, maxBytes: 1 }));
      largestRead = 0;
      for (const fromOffset of [1500, 2500, 3500, 3999]) {
        const read = await clock.until(again.log.read({ fromOffset, maxBytes: 1, verify: true }));
        expect(offsetsIn(read)).toEqual([fromOffset]);
      }
      expect(largestRead).toBeLessThan(1000);
      await clock.until(again.log.close());
      const third = await open(options);
      await clock.until(third.log.read({ fromOffset: 100, maxBytes: 1 }));
      expect(third.log.counters.rebuiltIndexes).toBe(0);
    },
  );
});

describe('recovery: reads no more than it must', () => {
  it('nothing, of a log that was closed', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 50);
    await clock.until(log.close());
    const before = { ...disk.operationCounts };
    const { recovery } = await open({ segmentBytes: 300 });
    expect(recovery).toMatchObject({ clean: true, segments: 10, scannedSegments: 0 });
    expect(disk.operationCounts.open - before.open).toBe(1);
    expect(disk.operationCounts.write - before.write).toBe(0);
    expect(disk.operationCounts.sync - before.sync).toBe(0);
  });

  it('what came after the last checkpoint, of one that was not', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open();
    appendFrames(log, 50);
    await clock.until(log.flush());
    await clock.until(log.checkpoint());
    appendFrames(log, 3);
    await clock.until(log.flush());
    disk.crash('none');
    const { recovery } = await open();
    expect(recovery).toMatchObject({ clean: false, scannedSegments: 1, scannedBytes: 3 * frameBytes });
  });

  it('garbage in linear time, also when it is full of false frames', async () => {
    const { content, disk, open } = await killedLog();
    const header = frame(11, 900_000).chunks[0] as Uint8Array;
    const garbage = new Uint8Array(1_000_000);
    for (let at = 40; at + 32 < garbage.length; at += 32) garbage.set(header, at);
    await overwrite(disk, segmentPath(0), new Uint8Array([...content, ...garbage]));
    const before = disk.operationCounts.read;
    await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', position: content.length });
    expect(disk.operationCounts.read - before).toBeLessThan(200);
  });

  it('100,000 small frames with a few large reads', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open();
    const payload = [new Uint8Array(20)];
    while (log.endOffset < 100_000) log.append(encodeChecksummedFrame({ firstOffset: log.endOffset, payload }));
    await clock.until(log.flush());
    disk.crash('none');
    await disk.remove(`${folder}/log-checkpoint`);
    const before = disk.operationCounts.read;
    const { log: again, recovery } = await open();
    expect(again.endOffset).toBe(100_000);
    expect(recovery.scannedBytes).toBe(100_000 * frameBytes);
    expect(disk.operationCounts.read - before).toBeLessThan(40);
  });
});

describe('recovery: removals that a crash cut short', () => {
  it('are finished', async () => {
    const { disk, open, clock } = createBench();
    const { log } = await open({ segmentBytes: 300 });
    appendFrames(log, 20);
    await clock.until(log.flush());
    const leftover = await readWholeFile(disk, segmentPath(5));
    await clock.until(log.truncatePrefix(12));
    await clock.until(log.close());
    await overwrite(disk, segmentPath(5), leftover);
    const again = await open({ segmentBytes: 300 });
    expect(again.log.startOffset).toBe(12);
    expect(await namesIn(disk)).not.toContain('00000000000000000005.log');
  });
});

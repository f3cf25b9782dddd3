import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFrom, concat, type FrameEvent, readFrames } from '../../test/support/frame-bytes.ts';
import { bytesCodec, type ChannelOptions, defineChannel } from '../channel.ts';
import { maxChunkBytes } from '../wire/frame.ts';
import { ChannelSender } from './channel-sender.ts';
import { WriteBatch } from './write-batch.ts';

function createSender(options: Partial<ChannelOptions<Uint8Array>> = {}): ChannelSender {
  return new ChannelSender(defineChannel({ name: 'c', codec: bytesCodec, ...options }), 5);
}

/** Writes all that waits. @returns what it says */
function write(sender: ChannelSender): readonly FrameEvent[] {
  return readFrames(writeFrames(sender));
}

/** Writes up to so many frames. */
function writeFrames(sender: ChannelSender, frames = Number.POSITIVE_INFINITY, nowMs = 0): Uint8Array {
  const batch = new WriteBatch();
  let written = 0;
  for (let frame = 0; frame < frames && sender.queuedMessages > 0; frame++) written += sender.writeFrame(batch, nowMs);
  expect(written).toBe(batch.bytes);
  return concat(batch.take());
}

const message = (bytes: Uint8Array): FrameEvent => ({ type: 'message', channel: 5, bytes });

/** Longer than two chunks. */
const longMessage = bytesFrom(7, 2 * maxChunkBytes + 100);

describe('the bounds of a channel', () => {
  it('in messages: one more is dropped, and counted', () => {
    const sender = createSender({ maxQueuedMessages: 2 });
    expect([1, 2, 3].map((seed) => sender.offer(bytesFrom(seed, 4), 0))).toEqual([
      'queued',
      'queued',
      'dropped-newest',
    ]);
    expect([sender.queuedMessages, sender.queuedBytes, sender.drops['queue-full']]).toEqual([2, 8, 1]);
    expect(write(sender)).toEqual([message(bytesFrom(1, 4)), message(bytesFrom(2, 4))]);
  });

  it('in bytes: to the last one', () => {
    const sender = createSender({ maxQueuedBytes: 10 });
    expect([4, 6, 0, 1].map((length) => sender.offer(bytesFrom(0, length), 0))).toEqual([
      'queued',
      'queued',
      'queued',
      'dropped-newest',
    ]);
    expect([sender.queuedMessages, sender.queuedBytes]).toEqual([3, 10]);
  });

  it('one message is taken whatever its size, when it is alone', () => {
    const sender = createSender({ maxQueuedBytes: 10 });
    expect(sender.offer(bytesFrom(0, 11), 0)).toBe('queued');
    expect(sender.offer(bytesFrom(0, 0), 0)).toBe('dropped-newest');
    write(sender);
    expect(sender.offer(bytesFrom(0, 11), 0)).toBe('queued');
  });
});

describe('drop-oldest', () => {
  it('makes room at the front, as much as is needed', () => {
    const sender = createSender({ whenFull: 'drop-oldest', maxQueuedBytes: 10 });
    for (const seed of [1, 2, 3]) sender.offer(bytesFrom(seed, 3), 0);
    expect(sender.offer(bytesFrom(4, 5), 0)).toBe('dropped-oldest');
    expect(sender.drops['queue-full']).toBe(2);
    expect(write(sender)).toEqual([message(bytesFrom(3, 3)), message(bytesFrom(4, 5))]);
  });

  it('drops all of them for one that is larger than the bound', () => {
    const sender = createSender({ whenFull: 'drop-oldest', maxQueuedBytes: 10 });
    for (const seed of [1, 2, 3]) sender.offer(bytesFrom(seed, 3), 0);
    expect(sender.offer(bytesFrom(4, 50), 0)).toBe('dropped-oldest');
    expect(write(sender)).toEqual([message(bytesFrom(4, 50))]);
  });

  it('never drops the message that is under way', () => {
    const sender = createSender({ whenFull: 'drop-oldest', maxQueuedMessages: 2 });
    sender.offer(longMessage, 0);
    const begun = new WriteBatch();
    sender.writeFrame(begun, 0);
    sender.offer(bytesFrom(1, 3), 0);
    expect(sender.offer(bytesFrom(2, 3), 0)).toBe('dropped-oldest');
    sender.writeFrame(begun, 0);
    sender.writeFrame(begun, 0);
    sender.writeFrame(begun, 0);
    expect(readFrames(concat(begun.take()))).toEqual([message(longMessage), message(bytesFrom(2, 3))]);
  });

  it('drops the newest where the message under way leaves no room, and then nothing else', () => {
    const limits = { whenFull: 'drop-oldest', maxQueuedBytes: longMessage.length + 10 } as const;
    const sender = createSender(limits);
    sender.offer(longMessage, 0);
    sender.writeFrame(new WriteBatch(), 0);
    sender.offer(bytesFrom(1, 5), 0);
    expect(sender.offer(bytesFrom(2, 11), 0)).toBe('dropped-newest');
    expect([sender.queuedMessages, sender.drops['queue-full']]).toEqual([2, 1]);
    expect(sender.offer(bytesFrom(2, 10), 0)).toBe('dropped-oldest');

    const alone = createSender({ whenFull: 'drop-oldest', maxQueuedMessages: 1 });
    alone.offer(longMessage, 0);
    alone.writeFrame(new WriteBatch(), 0);
    expect(alone.offer(bytesFrom(2, 1), 0)).toBe('dropped-newest');
  });
});

describe('chunks', () => {
  it.each([
    [0, 1],
    [1, 1],
    [maxChunkBytes, 1],
    [maxChunkBytes + 1, 2],
    [2 * maxChunkBytes, 2],
    [2 * maxChunkBytes + 1, 3],
  ])('a message of %i bytes takes %i frames', (length, frames) => {
    const sender = createSender();
    sender.offer(bytesFrom(3, length), 0);
    const batch = new WriteBatch();
    let written = 0;
    for (; sender.queuedMessages > 0; written++) sender.writeFrame(batch, 0);
    expect(written).toBe(frames);
    const [event, ...more] = readFrames(concat(batch.take()));
    expect([event?.type, more.length]).toEqual(['message', 0]);
    expect(Buffer.compare((event as { bytes: Uint8Array }).bytes, bytesFrom(3, length))).toBe(0);
  });

  it('are views of the message: it is not copied', () => {
    const sender = createSender();
    const long = bytesFrom(1, 3 * maxChunkBytes);
    sender.offer(long, 0);
    const batch = new WriteBatch();
    while (sender.queuedMessages > 0) sender.writeFrame(batch, 0);
    const views = batch.take().filter(({ buffer }) => buffer === long.buffer);
    expect(views.map(({ length }) => length)).toEqual([maxChunkBytes, maxChunkBytes, maxChunkBytes]);
  });

  it('begin anew on another connection', () => {
    const sender = createSender();
    sender.offer(longMessage, 0);
    sender.writeFrame(new WriteBatch(), 0);
    sender.writeFrame(new WriteBatch(), 0);
    sender.rewind();
    expect(write(sender)).toEqual([message(longMessage)]);
    expect(sender.sentMessages).toBe(1);
  });
});

describe('what is counted', () => {
  it('a message is sent with its last byte: its bytes without headers, and its time in the queue', () => {
    const sender = createSender();
    sender.offer(longMessage, 1000);
    sender.offer(bytesFrom(0, 7), 1400);
    writeFrames(sender, 2, 1500);
    expect([sender.sentMessages, sender.sentBytes, sender.queuedBytes]).toEqual([0, 0, longMessage.length + 7]);
    writeFrames(sender, 1, 1500);
    writeFrames(sender, 1, 1600);
    expect([sender.sentMessages, sender.sentBytes, sender.queuedBytes]).toEqual([2, longMessage.length + 7, 0]);
    expect(sender.timeInQueueMs.snapshot()).toMatchObject({ count: 2, sum: 700 });
  });

  it('all that waited is dropped for one cause', () => {
    const sender = createSender();
    sender.offer(longMessage, 0);
    sender.offer(bytesFrom(0, 7), 0);
    sender.writeFrame(new WriteBatch(), 0);
    expect(sender.dropAll('peer-down')).toBe(2);
    expect([sender.queuedMessages, sender.queuedBytes, sender.drops['peer-down']]).toEqual([0, 0, 2]);
    sender.offer(longMessage, 0);
    expect(write(sender)).toEqual([message(longMessage)]);
  });

  it('what is larger than a new peer takes is dropped, wherever it waits; the rest stays in order', () => {
    const sender = createSender();
    for (const length of [5, 11, 10, 12, 0]) sender.offer(bytesFrom(length, length), 0);
    expect(sender.dropTooLarge(10)).toBe(2);
    expect(sender.dropTooLarge(10)).toBe(0);
    expect([sender.drops['too-large'], sender.queuedBytes]).toEqual([2, 15]);
    expect(write(sender)).toEqual([5, 10, 0].map((length) => message(bytesFrom(length, length))));
  });
});

describe('room', () => {
  it('is told once after a drop, when half of both bounds is free', () => {
    const sender = createSender({ maxQueuedMessages: 4, maxQueuedBytes: 100 });
    for (let seed = 0; seed < 4; seed++) sender.offer(bytesFrom(seed, seed === 3 ? 60 : 10), 0);
    expect(sender.takeRoom()).toBe(false);
    sender.offer(bytesFrom(5, 1), 0);
    expect(sender.takeRoom()).toBe(false);
    writeFrames(sender, 2);
    expect(sender.takeRoom()).toBe(false);
    writeFrames(sender, 2);
    expect([sender.takeRoom(), sender.takeRoom()]).toEqual([true, false]);
  });

  it('is not told to who was never told that there is none', () => {
    const sender = createSender();
    sender.offer(bytesFrom(0, 4), 0);
    write(sender);
    expect(sender.takeRoom()).toBe(false);
  });
});

describe('a channel, whatever is done to it', () => {
  type Step = { readonly type: 'offer'; readonly length: number } | { readonly type: 'write' | 'rewind' | 'drop-all' };
  const aStep: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('offer' as const),
        length: fc.constantFrom(0, 1, 10, 60_000, 70_000, 140_000),
      }),
    },
    { weight: 5, arbitrary: fc.constant({ type: 'write' as const }) },
    { weight: 1, arbitrary: fc.constantFrom({ type: 'rewind' as const }, { type: 'drop-all' as const }) },
  );

  it('holds its bounds, loses no count, and gives what it took in order', () => {
    const options = fc.record({
      whenFull: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
      maxQueuedMessages: fc.integer({ min: 1, max: 5 }),
      maxQueuedBytes: fc.constantFrom(5, 100_000, 300_000),
    });
    fc.assert(
      fc.property(options, fc.array(aStep, { maxLength: 60 }), (limits, steps) => {
        const sender = createSender(limits);
        const batch = new WriteBatch();
        let [offered, messages]: [number, Uint8Array[]] = [0, []];
        for (const step of steps) {
          if (step.type === 'write') sender.writeFrame(batch, 0);
          if (step.type === 'drop-all') sender.dropAll('peer-down');
          if (step.type === 'rewind' || step.type === 'drop-all') {
            sender.rewind();
            // Another connection begins: what the last one had not whole is none.
            batch.take();
            messages = [];
          }
          if (step.type !== 'offer') continue;
          const bytes = new Uint8Array(step.length).fill(++offered);
          if (sender.offer(bytes, 0) !== 'dropped-newest') messages.push(bytes);
          expect(sender.queuedMessages).toBeLessThanOrEqual(limits.maxQueuedMessages);
          expect(sender.queuedMessages === 1 || sender.queuedBytes <= limits.maxQueuedBytes).toBe(true);
        }
        const dropped = sender.drops['queue-full'] + sender.drops['peer-down'];
        expect(sender.sentMessages + sender.queuedMessages + dropped).toBe(offered);
        const arrived = readFrames(concat(batch.take())).map(
          (event) => (event as { bytes: Uint8Array }).bytes[0] ?? -1,
        );
        const numbers = arrived.filter((number) => number >= 0);
        expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
        expect(new Set(numbers).size).toBe(numbers.length);
      }),
    );
  });
});

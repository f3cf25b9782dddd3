import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, readFrames } from '../../test/support/frame-bytes.ts';
import { bytesCodec, type ChannelOptions, type ChannelPriority, defineChannel } from '../channel.ts';
import { maxChunkBytes } from '../wire/frame.ts';
import { Outbox } from './outbox.ts';
import { WriteBatch } from './write-batch.ts';

const unlimited = Number.POSITIVE_INFINITY;
const maxMessageBytes = 10 * 1024 * 1024;

function createOutbox(...channels: (Partial<ChannelOptions<Uint8Array>> & { priority: ChannelPriority })[]): Outbox {
  const limits = { maxQueuedMessages: 1_000_000, maxQueuedBytes: 2 ** 30, codec: bytesCodec };
  return new Outbox(
    channels.map((channel, at) => defineChannel({ name: `c${at}`, ...limits, ...channel })),
    maxMessageBytes,
  );
}

function offer(outbox: Outbox, channel: number, length: number, times = 1): void {
  const message = new Uint8Array(length);
  for (let time = 0; time < times; time++) outbox.senders[channel]?.offer(message, 0);
}

/** Fills once. @returns the channel and payload of each frame, in order */
function fill(outbox: Outbox, maxBytes = unlimited, room = unlimited): readonly { channel: number; bytes: number }[] {
  const batch = new WriteBatch();
  const written = outbox.fill(batch, maxBytes, room, 0);
  expect(written).toBe(batch.bytes);
  const bytes = concat(batch.take());
  const frames: { channel: number; bytes: number }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Buffer.from(bytes.buffer, at + 2, 3).readUIntBE(0, 3);
    frames.push({ channel: bytes[at + 1] as number, bytes: length + 5 });
    at += length + 5;
  }
  return frames;
}

function sum(frames: readonly { channel: number; bytes: number }[], channel: number): number {
  return frames.reduce((total, frame) => total + (frame.channel === channel ? frame.bytes : 0), 0);
}

describe('who goes first', () => {
  it('urgent, then normal', () => {
    const outbox = createOutbox({ priority: 'bulk' }, { priority: 'normal' }, { priority: 'urgent' });
    for (const channel of [0, 1, 2]) offer(outbox, channel, 10, 2);
    expect(fill(outbox).map(({ channel }) => channel)).toEqual([2, 2, 1, 1, 0, 0]);
  });

  it('urgent overtakes a message in chunks between two of them', () => {
    const outbox = createOutbox({ priority: 'bulk' }, { priority: 'urgent' });
    offer(outbox, 0, 3 * maxChunkBytes);
    const first = fill(outbox, 1);
    offer(outbox, 1, 10);
    expect([...first, ...fill(outbox)].map(({ channel }) => channel)).toEqual([0, 1, 0, 0]);
  });

  it.each([
    ['long messages', 100_000, 100_000],
    ['short ones of both', 100, 100],
    ['short ones of bulk', 100_000, 100],
    ['short ones of normal', 100, 100_000],
    ['frames of the longest kind', maxChunkBytes, maxChunkBytes],
  ])('normal and bulk share four to one in bytes while both wait: %s', (_which, normalBytes, bulkBytes) => {
    const outbox = createOutbox({ priority: 'normal' }, { priority: 'bulk' });
    const total = 4 * 1024 * 1024;
    offer(outbox, 0, normalBytes, Math.ceil(total / normalBytes));
    offer(outbox, 1, bulkBytes, Math.ceil(total / bulkBytes));
    const frames = fill(outbox, total);
    expect(Math.abs(sum(frames, 0) - 4 * sum(frames, 1))).toBeLessThan(5 * (maxChunkBytes + 9));
  });

  it.each([
    ['normal', 0, 1],
    ['bulk', 1, 0],
  ])(
    'what %s sent while it was alone takes nothing from it afterwards, and gives the other no more than a chunk',
    (_which, alone, other) => {
      const outbox = createOutbox({ priority: 'normal' }, { priority: 'bulk' });
      offer(outbox, alone, maxChunkBytes, 150);
      fill(outbox, 100 * maxChunkBytes);
      offer(outbox, other, maxChunkBytes, 50);
      const runs =
        fill(outbox, 49 * maxChunkBytes)
          .map(({ channel }) => channel)
          .join('')
          .match(/0+|1+/g) ?? [];
      const longest = [/0/, /1/].map((which) =>
        Math.max(...runs.filter((run) => which.test(run)).map(({ length }) => length)),
      );
      expect(longest[0]).toBeLessThanOrEqual(5);
      expect(longest[1]).toBeLessThanOrEqual(1);
    },
  );

  it.each(['urgent', 'normal', 'bulk'] as const)('channels of one priority take turns of 64 KiB: %s', (priority) => {
    const outbox = createOutbox({ priority }, { priority }, { priority });
    offer(outbox, 0, 1_000_000, 4);
    offer(outbox, 1, 1000, 4000);
    offer(outbox, 2, 60_000, 60);
    const frames = fill(outbox, 1_500_000);
    const shares = [0, 1, 2].map((channel) => sum(frames, channel));
    // A turn ends with the frame that uses it up.
    expect(Math.max(...shares)).toBeLessThan(2 * Math.min(...shares) + maxChunkBytes);
    const turns = frames.filter(({ channel }, at) => channel !== frames[at - 1]?.channel).map(({ channel }) => channel);
    expect(turns.slice(0, 9)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  it('a channel with nothing to send loses its turn and no more', () => {
    const outbox = createOutbox({ priority: 'normal' }, { priority: 'normal' });
    offer(outbox, 1, maxChunkBytes, 3);
    expect(fill(outbox, 1)).toMatchObject([{ channel: 1 }]);
    offer(outbox, 0, maxChunkBytes, 2);
    expect(fill(outbox).map(({ channel }) => channel)).toEqual([0, 1, 0, 1]);
  });
});

describe('room on the way', () => {
  it('gates normal and bulk, never urgent', () => {
    const outbox = createOutbox({ priority: 'bulk' }, { priority: 'normal' }, { priority: 'urgent' });
    for (const channel of [0, 1, 2]) offer(outbox, channel, 10, 2);
    expect([outbox.hasReady(1), outbox.hasReady(0), outbox.hasReady(-5)]).toEqual([true, true, true]);
    expect(fill(outbox, unlimited, 0).map(({ channel }) => channel)).toEqual([2, 2]);
    expect([outbox.hasReady(1), outbox.hasReady(0)]).toEqual([true, false]);
    expect(fill(outbox, unlimited, -1)).toEqual([]);
    expect(fill(outbox, unlimited, 1).map(({ channel }) => channel)).toEqual([1]);
  });

  it('is left by no more than one frame, and so is what is written at once', () => {
    const outbox = createOutbox({ priority: 'normal' });
    offer(outbox, 0, maxChunkBytes, 20);
    expect(fill(outbox, unlimited, 2 * (maxChunkBytes + 5) + 1)).toHaveLength(3);
    expect(fill(outbox, 2 * (maxChunkBytes + 5))).toHaveLength(2);
  });
});

describe('with a peer that takes less', () => {
  it('what it does not know is dropped, and is known again without it', () => {
    const outbox = createOutbox({ priority: 'normal' }, { priority: 'normal' });
    offer(outbox, 0, 10);
    offer(outbox, 1, 10, 2);
    expect(outbox.connected({ maxMessageBytes, channelNames: ['c0', 'other'] })).toBe(true);
    expect(outbox.senders.map(({ known }) => known)).toEqual([true, false]);
    expect([outbox.senders[1]?.drops['no-such-channel'], fill(outbox).length]).toEqual([2, 1]);
    expect(outbox.disconnected()).toBe(false);
    expect(outbox.senders.map(({ known }) => known)).toEqual([true, true]);
  });

  it('what is too large for it is dropped when it connects, and the limit is this side’s own again without it', () => {
    const outbox = createOutbox({ priority: 'normal' });
    for (const length of [500, 1001, 1000]) offer(outbox, 0, length);
    expect(outbox.connected({ maxMessageBytes: 1000, channelNames: ['c0'] })).toBe(true);
    expect([outbox.maxMessageBytes, outbox.senders[0]?.drops['too-large']]).toEqual([1000, 1]);
    expect(fill(outbox).map(({ bytes }) => bytes)).toEqual([505, 1005]);
    outbox.disconnected();
    expect(outbox.maxMessageBytes).toBe(maxMessageBytes);
    expect(outbox.connected({ maxMessageBytes: 2 ** 31, channelNames: ['c0'] })).toBe(false);
    expect(outbox.maxMessageBytes).toBe(maxMessageBytes);
  });

  it('what is not kept while it is down goes with the connection', () => {
    const outbox = createOutbox({ priority: 'normal', whilePeerIsDown: 'drop' }, { priority: 'normal' });
    offer(outbox, 0, 10, 3);
    offer(outbox, 1, 10, 2);
    expect(outbox.disconnected()).toBe(true);
    expect(outbox.senders.map(({ queuedMessages, drops }) => [queuedMessages, drops['peer-down']])).toEqual([
      [0, 3],
      [2, 0],
    ]);
    expect(outbox.isEmpty()).toBe(false);
    expect([outbox.dropAll(), outbox.dropAll(), outbox.isEmpty()]).toEqual([true, false, true]);
  });
});

describe('an outbox, whatever is offered and however it is emptied', () => {
  it('gives each channel’s messages in order, all of them, and urgent before what came earlier', () => {
    const aPriority = fc.constantFrom<ChannelPriority>('urgent', 'normal', 'bulk');
    const anOffer = fc.record({
      channel: fc.nat(4),
      length: fc.constantFrom(4, 5, 100, 3000, 65_536, 65_537, 150_000),
    });
    const aFill = fc.record({
      maxBytes: fc.constantFrom(1, 70_000, 262_144),
      room: fc.constantFrom(-1, 0, 1, 100_000),
    });
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: anOffer }, { weight: 2, arbitrary: aFill }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.array(aPriority, { minLength: 5, maxLength: 5 }), steps, (priorities, todo) => {
        const outbox = createOutbox(...priorities.map((priority) => ({ priority })));
        const batch = new WriteBatch();
        const offered: number[][] = priorities.map(() => []);
        let number = 0;
        for (const step of todo) {
          if ('length' in step) {
            const bytes = new Uint8Array(step.length);
            new DataView(bytes.buffer).setUint32(0, ++number);
            outbox.senders[step.channel]?.offer(bytes, 0);
            offered[step.channel]?.push(number);
          } else {
            outbox.fill(batch, step.maxBytes, step.room, 0);
            if (step.room <= 0 && step.maxBytes > 1) expectOnlyOthers(outbox, priorities, step.maxBytes);
          }
        }
        while (outbox.hasReady(1)) outbox.fill(batch, 262_144, 1, 0);
        expect(outbox.isEmpty()).toBe(true);
        const arrived: number[][] = priorities.map(() => []);
        for (const event of readFrames(concat(batch.take()))) {
          if ('bytes' in event) arrived[event.channel]?.push(Buffer.from(event.bytes).readUInt32BE(0));
        }
        expect(arrived).toEqual(offered);
      }),
    );
  });

  /** Urgent ones are gone, or as many bytes were written as may be at once. */
  function expectOnlyOthers(outbox: Outbox, priorities: readonly ChannelPriority[], maxBytes: number): void {
    const urgentBytes = outbox.senders.reduce(
      (total, sender) => total + (sender.channel.priority === 'urgent' ? sender.queuedBytes : 0),
      0,
    );
    if (priorities.includes('urgent') && urgentBytes > 0) expect(maxBytes).toBeLessThanOrEqual(262_144);
    else expect(outbox.hasReady(0)).toBe(false);
  }
});

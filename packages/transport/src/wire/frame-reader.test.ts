import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  bytesFrom,
  concat,
  counterFrame,
  FrameRecorder,
  firstChunk,
  frame,
  goodbye,
  header,
  messageFrame,
  nextChunk,
  plain,
} from '../../test/support/frame-bytes.ts';
import { frameKind, maxChunkBytes } from './frame.ts';
import { FrameReader, type FrameReaderOptions } from './frame-reader.ts';
import { ProtocolViolation } from './protocol-violation.ts';

const channelCount = 3;

function createReader(options: Partial<FrameReaderOptions> = {}): { reader: FrameReader; recorder: FrameRecorder } {
  const recorder = new FrameRecorder();
  return { recorder, reader: new FrameReader(recorder, { channelCount, maxMessageBytes: 1000, ...options }) };
}

/** Feeds bytes in pieces that end at these places; each piece has memory of its own. */
function readInPieces(reader: FrameReader, bytes: Uint8Array, ends: readonly number[]): void {
  const cuts = [0, ...ends.map((end) => end % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  for (let at = 1; at < cuts.length; at++) reader.read(bytes.slice(cuts[at - 1], cuts[at]));
}

/** A message and how it is cut: one frame, or chunks. */
interface SentMessage {
  readonly bytes: Uint8Array;
  readonly frames: readonly Uint8Array[];
}

/** Each of the lengths that is above zero becomes a chunk, where there are two or more. */
function sentMessage(channel: number, seed: number, lengths: readonly number[]): SentMessage {
  const bytes = bytesFrom(
    seed,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths.filter((one) => one > 0)) {
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  const [first, ...next] = chunks;
  if (first === undefined || next.length === 0) return { bytes, frames: [messageFrame(channel, bytes)] };
  const frames = [firstChunk(channel, bytes.length, first), ...next.map((chunk) => nextChunk(channel, chunk))];
  return { bytes, frames };
}

const aMessage = fc.record({ seed: fc.nat(255), lengths: fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }) });
const aControl = fc.constantFrom('ping' as const, 'pong' as const, 'acknowledge' as const, 'goodbye' as const);

describe('what was sent comes out', () => {
  it('whatever the channels, chunks and cuts', () => {
    const traffic = fc.record({
      channels: fc.array(fc.array(aMessage, { maxLength: 5 }), { minLength: channelCount, maxLength: channelCount }),
      controls: fc.array(fc.tuple(aControl, fc.nat(255)), { maxLength: 4 }),
      order: fc.array(fc.nat(channelCount), { maxLength: 80 }),
      ends: fc.array(fc.nat(3000), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(traffic, ({ channels, controls, order, ends }) => {
        const { reader, recorder } = createReader();
        const { bytes, expected, messageFrameBytes } = interleave(channels, controls, order);
        readInPieces(reader, bytes, ends);
        expect(plain(recorder.events)).toEqual(expected);
        expect(reader.messageFrameBytes).toBe(messageFrameBytes);
      }),
      { numRuns: 500 },
    );
  });

  it('byte by byte, and in one piece', () => {
    const bytes = concat([
      firstChunk(1, 6, bytesFrom(0, 4)),
      messageFrame(0, bytesFrom(9, 3)),
      counterFrame('ping', 2 ** 40),
      messageFrame(2, new Uint8Array(0)),
      nextChunk(1, bytesFrom(4, 2)),
    ]);
    const expected = [
      { type: 'message', channel: 0, bytes: bytesFrom(9, 3) },
      { type: 'ping', value: 2 ** 40 },
      { type: 'message', channel: 2, bytes: new Uint8Array(0) },
      { type: 'message', channel: 1, bytes: bytesFrom(0, 6) },
    ];
    for (const ends of [[], [...bytes.keys()]]) {
      const { reader, recorder } = createReader();
      readInPieces(reader, bytes, ends);
      expect(
        recorder.events.map((event) => ('bytes' in event ? { ...event, bytes: Uint8Array.from(event.bytes) } : event)),
      ).toEqual(expected);
    }
  });

  it('messages as large as frames and chunks may be', () => {
    const { reader, recorder } = createReader({ maxMessageBytes: 3 * maxChunkBytes });
    const whole = bytesFrom(1, maxChunkBytes);
    const long = bytesFrom(2, 2 * maxChunkBytes + 1);
    reader.read(messageFrame(0, whole));
    reader.read(firstChunk(1, long.length, long.subarray(0, maxChunkBytes)));
    reader.read(nextChunk(1, long.subarray(maxChunkBytes, 2 * maxChunkBytes)));
    reader.read(nextChunk(1, long.subarray(2 * maxChunkBytes)));
    expect(
      recorder.events.map(
        (event) => 'bytes' in event && Buffer.compare(event.bytes, event.channel === 0 ? whole : long),
      ),
    ).toEqual([0, 0]);
  });

  it('a frame without a channel, whatever number stands there', () => {
    const { reader, recorder } = createReader();
    reader.read(frame(frameKind.goodbye, 200, Uint8Array.of(3)));
    expect(recorder.events).toEqual([{ type: 'goodbye', value: 3 }]);
  });
});

describe('memory', () => {
  it('a message that lay whole in what arrived is a view of it', () => {
    const { reader, recorder } = createReader();
    const chunk = concat([messageFrame(0, bytesFrom(1, 20)), messageFrame(1, bytesFrom(2, 20))]);
    reader.read(chunk);
    expect(recorder.events.every((event) => 'bytes' in event && event.bytes.buffer === chunk.buffer)).toBe(true);
  });

  it('a message that came in pieces has memory of its own, which later pieces do not touch', () => {
    const { reader, recorder } = createReader();
    const sent = messageFrame(0, bytesFrom(1, 20));
    const [one, other] = [sent.slice(0, 12), sent.slice(12)];
    reader.read(one);
    reader.read(other);
    one.fill(0);
    other.fill(0);
    expect(recorder.events).toMatchObject([{ channel: 0 }]);
    expect([...(recorder.events[0] as { bytes: Uint8Array }).bytes]).toEqual([...bytesFrom(1, 20)]);
  });

  it('is taken once for a message in chunks, and for none that is announced too large', () => {
    const slow = vi.spyOn(Buffer, 'allocUnsafeSlow');
    const pooled = vi.spyOn(Buffer, 'allocUnsafe');
    try {
      const { reader } = createReader({ maxMessageBytes: 100 });
      reader.read(firstChunk(0, 100, bytesFrom(0, 10)));
      expect([slow.mock.calls, pooled.mock.calls]).toEqual([[[100]], []]);
      expect(() => reader.read(firstChunk(1, 2 ** 32 - 1, bytesFrom(0, 10)))).toThrow(ProtocolViolation);
      expect(() => createReader({ maxMessageBytes: 100 }).reader.read(header(frameKind.message, 0, 101))).toThrow(
        ProtocolViolation,
      );
      expect([slow.mock.calls.length, pooled.mock.calls.length]).toEqual([1, 0]);
    } finally {
      slow.mockRestore();
      pooled.mockRestore();
    }
  });
});

describe('what no peer sends', () => {
  const violations: readonly [what: string, message: string, ...frames: Uint8Array[]][] = [
    ['a kind that there is not', 'a frame of kind 0', header(0, 0, 0)],
    ['a kind of a later version', 'a frame of kind 8', header(8, 0, 4)],
    ['a channel that the sender has not', 'channel 3 of 3', header(frameKind.message, 3, 1)],
    ['the same in a first chunk', 'channel 3 of 3', firstChunk(3, 10, bytesFrom(0, 2))],
    ['the same in a next chunk', 'channel 255 of 3', header(frameKind.nextChunk, 255, 1)],
    [
      'a message over the limit',
      'a message of 1001 bytes; at most 1000 are allowed',
      header(frameKind.message, 0, 1001),
    ],
    [
      'a message over the limit, in chunks',
      'a message of 1001 bytes; at most 1000 are allowed',
      firstChunk(0, 1001, bytesFrom(0, 9)),
    ],
    [
      'a frame over the limit',
      'a frame of 65537 bytes; at most 65536 are allowed',
      header(frameKind.message, 0, 65_537),
    ],
    [
      'the same of a next chunk',
      'a frame of 65537 bytes; at most 65536 are allowed',
      header(frameKind.nextChunk, 0, 65_537),
    ],
    [
      'the same of a first chunk',
      'a frame of 65541 bytes; at most 65540 are allowed',
      firstChunk(0, 999, new Uint8Array(65_537)),
    ],
    [
      'a first chunk with nothing in it',
      'a first chunk of 0 bytes for a message of 10',
      firstChunk(0, 10, new Uint8Array(0)),
    ],
    [
      'a first chunk that is the whole message',
      'a first chunk of 10 bytes for a message of 10',
      firstChunk(0, 10, bytesFrom(0, 10)),
    ],
    [
      'a first chunk of an empty message',
      'a first chunk of 1 bytes for a message of 0',
      firstChunk(0, 0, bytesFrom(0, 1)),
    ],
    [
      'a first chunk without room for the length',
      'a first chunk of -1 bytes for a message of 0',
      concat([header(frameKind.firstChunk, 0, 3), new Uint8Array(4)]),
    ],
    [
      'a next chunk that nothing began',
      'a next chunk without a first one on channel 1',
      firstChunk(0, 10, bytesFrom(0, 2)),
      nextChunk(1, bytesFrom(0, 1)),
    ],
    [
      'a next chunk with nothing in it',
      'a chunk of 0 bytes where 8 are left of the message',
      firstChunk(0, 10, bytesFrom(0, 2)),
      nextChunk(0, new Uint8Array(0)),
    ],
    [
      'more than the message has',
      'a chunk of 9 bytes where 8 are left of the message',
      firstChunk(0, 10, bytesFrom(0, 2)),
      header(frameKind.nextChunk, 0, 9),
    ],
    [
      'a message within a message',
      'a message within a message of channel 0',
      firstChunk(0, 10, bytesFrom(0, 2)),
      header(frameKind.message, 0, 1),
    ],
    [
      'a long one within a long one',
      'a message within a message of channel 0',
      firstChunk(0, 10, bytesFrom(0, 2)),
      firstChunk(0, 10, bytesFrom(0, 2)),
    ],
    ['a ping without its counter', 'a frame of kind 4 with 7 bytes, not 8', header(frameKind.ping, 0, 7)],
    ['a pong with more', 'a frame of kind 5 with 9 bytes, not 8', header(frameKind.pong, 0, 9)],
    ['an acknowledgement of nothing', 'a frame of kind 6 with 0 bytes, not 8', header(frameKind.acknowledge, 0, 0)],
    ['a goodbye without a reason', 'a frame of kind 7 with 0 bytes, not 1', header(frameKind.goodbye, 0, 0)],
  ];

  it.each(violations)('%s: %s', (_what, message, ...frames) => {
    const bytes = concat(frames);
    for (const ends of [[], [...bytes.keys()]]) {
      const { reader, recorder } = createReader();
      expect(() => readInPieces(reader, bytes, ends)).toThrow(new ProtocolViolation(message));
      expect(recorder.events).toEqual([]);
    }
  });

  it('is seen in the header, before the rest has come, and what came before it was told', () => {
    const { reader, recorder } = createReader();
    expect(() => reader.read(concat([messageFrame(0, bytesFrom(0, 4)), header(9, 0, 1000)]))).toThrow(
      ProtocolViolation,
    );
    expect(recorder.events).toHaveLength(1);
  });

  it('a hostile stream of any bytes never does anything but be read or refused', () => {
    const kinds = fc.integer({ min: 0, max: 9 });
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.tuple(kinds, fc.nat(4), fc.nat(300)).map((parts) => header(...parts)),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(600), { maxLength: 10 }), (parts, ends) => {
        const { reader } = createReader();
        try {
          readInPieces(reader, concat(parts), ends);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtocolViolation);
        }
      }),
    );
  });
});

describe('a reader that is stopped', () => {
  const ends = { 'in one piece': [], 'byte by byte': [...new Uint8Array(200).keys()] };

  it.each(Object.entries(ends))('in the middle of a call tells nothing more: %s', (_how, cuts) => {
    const frames = [
      messageFrame(0, bytesFrom(0, 4)),
      counterFrame('ping', 1),
      counterFrame('pong', 1),
      counterFrame('acknowledge', 1),
      goodbye(1),
      concat([firstChunk(1, 8, bytesFrom(0, 4)), nextChunk(1, bytesFrom(4, 4))]),
    ];
    for (const last of frames.keys()) {
      const { reader, recorder } = createReader();
      recorder.onEvent = () => recorder.events.length === last + 1 && reader.stop();
      readInPieces(reader, concat([...frames, ...frames]), cuts);
      expect(recorder.events).toHaveLength(last + 1);
    }
  });

  it('reads nothing of what comes later, right or wrong', () => {
    const { reader, recorder } = createReader();
    reader.read(firstChunk(0, 10, bytesFrom(0, 2)));
    reader.stop();
    reader.read(nextChunk(0, bytesFrom(2, 8)));
    reader.read(Uint8Array.of(99, 99, 99, 99, 99, 99));
    expect(recorder.events).toEqual([]);
  });
});

function interleave(
  channels: readonly (readonly { seed: number; lengths: readonly number[] }[])[],
  controls: readonly (readonly ['ping' | 'pong' | 'acknowledge' | 'goodbye', number])[],
  order: readonly number[],
) {
  const lanes = channels.map((messages, channel) =>
    messages.flatMap(({ seed, lengths }) => {
      const { bytes, frames } = sentMessage(channel, seed, lengths);
      return frames.map((one, at) => ({
        frame: one,
        done: at === frames.length - 1 ? { type: 'message', channel, bytes } : undefined,
      }));
    }),
  );
  lanes.push(
    controls.map(([type, value]) => ({
      frame: type === 'goodbye' ? goodbye(value) : counterFrame(type, value),
      done: { type, value } as never,
    })),
  );
  const sent: (typeof lanes)[number] = [];
  for (const lane of order) sent.push(...(lanes[lane]?.splice(0, 1) ?? []));
  sent.push(...lanes.flat());
  const expected = sent.flatMap(({ done }) => (done === undefined ? [] : [done]));
  const messageFrameBytes = sent.reduce((sum, one) => sum + ((one.frame[0] as number) <= 3 ? one.frame.length : 0), 0);
  return { bytes: concat(sent.map((one) => one.frame)), expected, messageFrameBytes };
}

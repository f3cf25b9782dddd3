import type { Dice } from '../dice.ts';
import { limits } from './plan.ts';
import type { StreamSource } from './random-stream.ts';
import { encodeCounter, encodeFirstChunk, encodeFrame, kinds, maxChunkBytes } from './wire-bytes.ts';

/** What is done to streams, each with how often of 1000. */
const weights = {
  'left as it is': 100,
  'bits flipped': 110,
  'bits of a header flipped': 110,
  'bytes edited': 80,
  'wild length': 60,
  'wild kind or channel': 60,
  truncated: 70,
  'frame dropped': 60,
  'frame repeated': 50,
  'frames swapped': 50,
  'chunk of nothing': 25,
  'chunk without a message': 25,
  'message within a message': 25,
  'wild message length': 40,
  'announced everywhere': 20,
  'flood of pings': 10,
  'flood of empty messages': 10,
  'false acknowledgement': 25,
  'goodbye in the middle': 30,
  'garbage at the end': 30,
  'a hello at the end': 10,
} as const;

/** A kind of stream. */
export type StreamKind = keyof typeof weights;

const byWeight = Object.entries(weights).flatMap(([kind, weight]) => Array.from({ length: weight / 5 }, () => kind));

export function drawKind(dice: Dice): StreamKind {
  return dice.pick(byWeight) as StreamKind;
}

/** What a mutation may use. */
export interface MutationContext {
  readonly dice: Dice;
  readonly source: StreamSource;
  /** The numbers of those that the receiver has. */
  readonly channels: readonly number[];
  readonly hello: Buffer;
}

type FrameMutation = (frames: Buffer[], context: MutationContext) => Buffer[];
type ByteMutation = (stream: Buffer, dice: Dice) => Buffer;

const wildLengths = [0, 1, 3, 4, 5, maxChunkBytes, maxChunkBytes + 1, maxChunkBytes + 4, maxChunkBytes + 5, 0xffffff];
const wildMessageLengths = [
  0,
  1,
  2,
  maxChunkBytes,
  limits.maxMessageBytes,
  limits.maxMessageBytes + 1,
  0x7fffffff,
  0x80000000,
  0xffffffff,
];

const ofFrames: Partial<Record<StreamKind, FrameMutation>> = {
  'bits of a header flipped': (frames, { dice }) =>
    changeOne(frames, dice, (frame) => {
      const at = dice.below(5);
      frame[at] = (frame[at] ?? 0) ^ (1 << dice.below(8));
    }),
  'wild length': (frames, { dice }) =>
    changeOne(frames, dice, (frame) => void frame.writeUIntBE(dice.pick(wildLengths), 2, 3)),
  'wild kind or channel': (frames, { dice }) =>
    changeOne(frames, dice, (frame) => {
      frame[dice.below(2)] = dice.chance(50) ? dice.below(10) : dice.below(256);
    }),
  'frame dropped': (frames, { dice }) => frames.toSpliced(dice.below(frames.length), 1),
  'frame repeated': (frames, { dice }) => insert(frames, dice, dice.pick(frames)),
  'frames swapped': swapFrames,
  'chunk of nothing': (frames, { dice, channels, source }) => {
    const channel = dice.pick(channels);
    if (dice.chance(30)) return [...frames, encodeFirstChunk(channel, dice.between(1, 100), Buffer.of())];
    const chunks = source.chunked(channel, dice.between(10, 500), dice.between(1, 90));
    return [
      ...chunks.toSpliced(dice.between(1, chunks.length), 0, encodeFrame(kinds.nextChunk, channel, Buffer.of())),
      ...frames,
    ];
  },
  'chunk without a message': (frames, { dice, channels, source }) => [
    encodeFrame(kinds.nextChunk, dice.pick(channels), source.content(dice.between(1, 100))),
    ...frames,
  ],
  'message within a message': (frames, { dice, channels, source }) => {
    const channel = dice.pick(channels);
    const [first = Buffer.of(), ...rest] = source.chunked(channel, dice.between(10, 5000), dice.between(1, 900));
    const within = dice.chance(50)
      ? encodeFrame(kinds.message, channel, source.content(10))
      : encodeFirstChunk(channel, 100, source.content(10));
    return [...frames, first, ...rest.slice(0, dice.below(3)), within, ...rest];
  },
  'wild message length': (frames, { dice, channels, source }) => {
    const length = dice.pick(wildMessageLengths);
    return [...frames, encodeFirstChunk(dice.pick(channels), length, source.content(dice.pick([0, 1, 2, 1000])))];
  },
  'announced everywhere': (_frames, { channels, source }) =>
    channels.map((channel) => encodeFirstChunk(channel, limits.maxMessageBytes, source.content(1))),
  'flood of pings': (frames, { dice }) => [
    ...frames,
    ...Array.from({ length: 2000 }, (_, token) => encodeCounter(dice.pick([kinds.ping, kinds.pong]), token)),
  ],
  'flood of empty messages': (frames, { dice, channels }) => [
    ...frames,
    ...Array.from({ length: 4000 }, () => encodeFrame(kinds.message, dice.pick(channels), Buffer.of())),
  ],
  'false acknowledgement': (frames, { dice }) =>
    insert(frames, dice, encodeCounter(kinds.acknowledge, dice.pick([1, 100, 2 ** 32, 2 ** 53, 2n ** 64n - 1n]))),
  'goodbye in the middle': (frames, { dice }) =>
    insert(frames, dice, encodeFrame(kinds.goodbye, dice.below(3), Buffer.of(dice.below(dice.pick([10, 256]))))),
  'garbage at the end': (frames, { dice }) => [...frames, dice.bytes(dice.between(1, 300))],
  'a hello at the end': (frames, { hello }) => [...frames, hello],
};

const ofBytes: Partial<Record<StreamKind, ByteMutation>> = {
  'bits flipped': (stream, dice) => {
    for (let count = dice.between(1, 4); count > 0; count--) {
      const at = dice.below(stream.length);
      stream[at] = (stream[at] ?? 0) ^ (1 << dice.below(8));
    }
    return stream;
  },
  'bytes edited': (stream, dice) => {
    const at = dice.below(stream.length);
    const inserted = dice.bytes(dice.chance(33) ? 0 : dice.between(1, 12));
    return Buffer.concat([stream.subarray(0, at), inserted, stream.subarray(at + dice.below(12))]);
  },
  truncated: (stream, dice) => stream.subarray(0, dice.below(stream.length)),
};

/** @param frames - valid, at least one; they may be written to */
export function mutate(kind: StreamKind, frames: Buffer[], context: MutationContext): Buffer {
  const changed = ofFrames[kind]?.(frames, context) ?? frames;
  const stream = Buffer.concat(changed);
  return stream.length === 0 ? stream : (ofBytes[kind]?.(stream, context.dice) ?? stream);
}

function changeOne(frames: Buffer[], dice: Dice, change: (frame: Buffer) => void): Buffer[] {
  change(dice.pick(frames));
  return frames;
}

function insert(frames: readonly Buffer[], dice: Dice, frame: Buffer): Buffer[] {
  return frames.toSpliced(dice.below(frames.length + 1), 0, frame);
}

function swapFrames(frames: Buffer[], { dice }: MutationContext): Buffer[] {
  const one = dice.below(frames.length);
  const other = dice.below(frames.length);
  const swapped = [...frames];
  swapped[one] = frames[other] ?? Buffer.of();
  swapped[other] = frames[one] ?? Buffer.of();
  return swapped;
}

import { Dice } from '../dice.ts';
import { limits } from './plan.ts';
import { encodeCounter, encodeFirstChunk, encodeFrame, kinds, maxChunkBytes } from './wire-bytes.ts';

const poolBytes = 1024 * 1024;
/** Contents are cut from it: to draw each byte would take longer than to send it. */
const pool = new Dice(1).bytes(poolBytes);
const maxFrames = 40;
/** How many of 100 streams have long messages, until they are as long as that: rather many streams than long ones. */
const longStreams = 2;
const longEnoughBytes = 100_000;

/** Draws valid streams of frames. */
export class StreamSource {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  content(length: number): Buffer {
    const at = this.#dice.below(poolBytes - length);
    return pool.subarray(at, at + length);
  }

  /** @param channels - the numbers of those that the receiver has */
  frames(channels: readonly number[]): Buffer[] {
    const dice = this.#dice;
    const frames: Buffer[] = [];
    const unfinished = new Map<number, number>();
    let bytes = dice.chance(longStreams) ? 0 : longEnoughBytes;
    for (let count = dice.between(1, maxFrames); count > 0; count--) {
      const frame = this.#next(channels, unfinished, bytes >= longEnoughBytes);
      frames.push(frame);
      bytes += frame.length;
    }
    if (dice.chance(70)) {
      for (const [channel, left] of unfinished) frames.push(...this.#rest(channel, left));
    }
    return frames;
  }

  /** A message in chunks of about so many bytes. */
  chunked(channel: number, messageBytes: number, chunkBytes: number): Buffer[] {
    const first = Math.min(chunkBytes, messageBytes - 1);
    const frames = [encodeFirstChunk(channel, messageBytes, this.content(first))];
    for (let left = messageBytes - first; left > 0; left -= chunkBytes) {
      frames.push(encodeFrame(kinds.nextChunk, channel, this.content(Math.min(left, chunkBytes))));
    }
    return frames;
  }

  #next(channels: readonly number[], unfinished: Map<number, number>, short: boolean): Buffer {
    const dice = this.#dice;
    const channel = dice.pick(channels);
    const left = unfinished.get(channel);
    if (left !== undefined) return this.#nextChunk(channel, left, unfinished);
    const roll = dice.below(100);
    if (roll < 5) return encodeCounter(kinds.ping, dice.pick([0, 1, 2 ** 53, 2n ** 64n - 1n, dice.below(1000)]));
    if (roll < 10) return encodeCounter(kinds.pong, dice.pick([0, 1, 2 ** 53, 2n ** 64n - 1n, dice.below(1000)]));
    if (roll < 13) return encodeCounter(kinds.acknowledge, 0);
    if (roll < 50) return this.#firstChunk(channel, unfinished, short);
    if (roll < 55) return encodeFrame(kinds.message, channel, jsonOrNot(dice));
    return encodeFrame(kinds.message, channel, this.content(this.#messageBytes(short)));
  }

  #messageBytes(short: boolean): number {
    const dice = this.#dice;
    const roll = dice.below(100);
    if (roll < 15) return dice.below(3);
    if (short || roll < 85) return dice.below(120);
    if (roll < 97) return dice.below(8000);
    return maxChunkBytes - dice.below(3);
  }

  #firstChunk(channel: number, unfinished: Map<number, number>, short: boolean): Buffer {
    const dice = this.#dice;
    const large = short ? [300, 600] : [10_000, maxChunkBytes + 1, 100_000, limits.maxMessageBytes];
    const messageBytes = dice.chance(70) ? dice.between(2, 150) : dice.pick(large);
    const chunk = Math.min(messageBytes - 1, this.#chunkBytes());
    unfinished.set(channel, messageBytes - chunk);
    return encodeFirstChunk(channel, messageBytes, this.content(chunk));
  }

  #nextChunk(channel: number, left: number, unfinished: Map<number, number>): Buffer {
    const chunk = Math.min(left, this.#chunkBytes());
    if (chunk === left) unfinished.delete(channel);
    else unfinished.set(channel, left - chunk);
    return encodeFrame(kinds.nextChunk, channel, this.content(chunk));
  }

  #chunkBytes(): number {
    const dice = this.#dice;
    if (dice.chance(40)) return dice.between(1, 8);
    return dice.chance(70) ? dice.between(1, 300) : maxChunkBytes;
  }

  #rest(channel: number, left: number): Buffer[] {
    const frames: Buffer[] = [];
    for (let rest = left; rest > 0; rest -= maxChunkBytes) {
      frames.push(encodeFrame(kinds.nextChunk, channel, this.content(Math.min(rest, maxChunkBytes))));
    }
    return frames;
  }
}

function jsonOrNot(dice: Dice): Buffer {
  return Buffer.from(dice.pick(['{}', '{"a":[1,2,3]}', '{', 'null', '"\ud83d\ude00"', '[[[[[[[[[[', '1e999', '']));
}

import type { Dice } from './dice.ts';

const wildIntegers: readonly number[] = [0x7fffffff, -0x80000000, -1, -2, 0, 1, 0x00ffffff, 0x7fff0000, 1_000_000];

/** Sets the length in front of a frame to what it is. */
export function withRightLength(frame: Buffer): Buffer {
  if (frame.length >= 4) frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}

/** Turns over a few bits, the length in front left alone. */
export function flipBits(frame: Buffer, dice: Dice): Buffer {
  for (let count = dice.between(1, 4); count > 0; count--) {
    const at = dice.between(4, frame.length - 1);
    frame[at] = (frame[at] ?? 0) ^ (1 << dice.below(8));
  }
  return frame;
}

/** Inserts, removes or replaces some bytes; the length in front follows. */
export function editBytes(frame: Buffer, dice: Dice): Buffer {
  const at = dice.between(4, frame.length - 1);
  const count = dice.between(1, 12);
  const inserted = dice.chance(33) ? dice.bytes(0) : dice.bytes(count);
  const removed = dice.chance(50) ? 0 : count;
  return withRightLength(Buffer.concat([frame.subarray(0, at), inserted, frame.subarray(at + removed)]));
}

/** Puts numbers that no message has where a length, a count or anything else may be. */
export function placeWildIntegers(frame: Buffer, dice: Dice): Buffer {
  for (let count = dice.between(1, 3); count > 0; count--) {
    const width = dice.pick([1, 2, 4]);
    const at = dice.between(8, Math.max(8, frame.length - width));
    if (at + width > frame.length) continue;
    const value = dice.pick(wildIntegers);
    if (width === 4) frame.writeInt32BE(value, at);
    else if (width === 2) frame.writeInt16BE((value << 16) >> 16, at);
    else frame.writeInt8((value << 24) >> 24, at);
  }
  return frame;
}

/** Ends the message early, and says so in front. */
export function truncate(frame: Buffer, dice: Dice): Buffer {
  return withRightLength(Buffer.from(frame.subarray(0, dice.between(4, frame.length - 1))));
}

/** Says a length in front that is not so. */
export function lieAboutLength(frame: Buffer, dice: Dice): Buffer {
  const length = frame.length - 4;
  const lies = [0, 1, 2, 7, length - 1, length + 1, length + 1000, -1, -0x80000000, 0x7fffffff, 0x7ffffffe, 33_554_433];
  frame.writeInt32BE(dice.pick(lies), 0);
  return frame;
}

/** Asks for an API or a version that is not there, or for another one than the body is of. */
export function changeKeyOrVersion(frame: Buffer, dice: Dice): Buffer {
  const at = dice.chance(50) ? 4 : 6;
  if (frame.length < 8) return frame;
  frame.writeInt16BE(dice.chance(70) ? dice.below(90) : dice.pick([-1, 32_767, -32_768, 1000]), at);
  return frame;
}

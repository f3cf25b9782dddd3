import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFrom, concat } from '../../test/support/frame-bytes.ts';
import { WriteBatch } from './write-batch.ts';

type Step =
  | { readonly type: 'header'; readonly kind: number; readonly channel: number; readonly length: number }
  | { readonly type: 'uint32' | 'counter'; readonly value: number }
  | { readonly type: 'append'; readonly length: number }
  | { readonly type: 'take' };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('header' as const),
    kind: fc.nat(255),
    channel: fc.nat(255),
    length: fc.nat(2 ** 24 - 1),
  }),
  fc.record({ type: fc.constant('uint32' as const), value: fc.nat() }),
  fc.record({ type: fc.constant('counter' as const), value: fc.maxSafeNat() }),
  fc.record({
    type: fc.constant('append' as const),
    length: fc.oneof(fc.nat(40), fc.integer({ min: 1900, max: 2200 }), fc.constant(60_000)),
  }),
  fc.constant({ type: 'take' as const }),
);

/** Does the step. @returns the bytes that it adds */
function apply(batch: WriteBatch, step: Exclude<Step, { type: 'take' }>, seed: number): Uint8Array {
  if (step.type === 'header') {
    batch.header(step.kind, step.channel, step.length);
    return Uint8Array.of(step.kind, step.channel, step.length >>> 16, step.length >>> 8, step.length);
  }
  if (step.type === 'append') {
    const bytes = bytesFrom(seed, step.length);
    batch.append(bytes);
    return bytes;
  }
  const eight = new Uint8Array(8);
  new DataView(eight.buffer).setBigUint64(0, BigInt(step.value));
  if (step.type === 'uint32') batch.uint32(step.value);
  else batch.counter(step.value);
  return step.type === 'uint32' ? eight.subarray(4) : eight;
}

describe('a batch', () => {
  it('gives in its pieces what was put in, and never writes again to what it gave', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 200 }), (steps) => {
        const batch = new WriteBatch();
        const given: { pieces: readonly Uint8Array[]; expected: Uint8Array }[] = [];
        let expected: Uint8Array[] = [];
        for (const [seed, step] of [...steps, { type: 'take' as const }].entries()) {
          if (step.type !== 'take') expected.push(apply(batch, step, seed));
          expect(batch.bytes).toBe(expected.reduce((sum, { length }) => sum + length, 0));
          if (step.type !== 'take') continue;
          given.push({ pieces: batch.take(), expected: concat(expected) });
          expected = [];
          expect(batch.bytes).toBe(0);
        }
        for (const one of given) expect(Buffer.compare(concat(one.pieces), one.expected)).toBe(0);
        const regions = given.flatMap(({ pieces }) => pieces).filter(({ length }) => length > 0);
        expect(overlapping(regions)).toEqual([]);
      }),
    );
  });

  it('joins what is short and takes what is long as it is', () => {
    const batch = new WriteBatch();
    const [short, long] = [bytesFrom(1, 2048), bytesFrom(2, 2049)];
    for (let time = 0; time < 3; time++) batch.append(short);
    batch.append(long);
    batch.header(1, 2, 3);
    const pieces = batch.take();
    expect(pieces.map(({ length }) => length)).toEqual([3 * 2048, 2049, 5]);
    expect(pieces[1]).toBe(long);
  });

  it('uses its memory up over many batches, before it takes more', () => {
    const batch = new WriteBatch();
    const memory = new Set<unknown>();
    for (let time = 0; time < 13_107; time++) {
      batch.header(4, 0, 8);
      for (const piece of batch.take()) memory.add(piece.buffer);
    }
    expect(memory.size).toBe(1);
    batch.header(4, 0, 8);
    memory.add(batch.take()[0]?.buffer);
    expect(memory.size).toBe(2);
  });

  it('with nothing in it has no pieces', () => {
    const batch = new WriteBatch();
    batch.append(new Uint8Array(0));
    expect([batch.take(), batch.bytes]).toEqual([[], 0]);
  });
});

/** Pairs of views that share memory. */
function overlapping(views: readonly Uint8Array[]): readonly unknown[] {
  const byMemory = Map.groupBy(views, ({ buffer }) => buffer);
  return [...byMemory.values()].flatMap((ofOne) => {
    const sorted = ofOne.toSorted((one, other) => one.byteOffset - other.byteOffset);
    return sorted.filter(
      (view, at) =>
        at > 0 && view.byteOffset < (sorted[at - 1] as Uint8Array).byteOffset + (sorted[at - 1] as Uint8Array).length,
    );
  });
}

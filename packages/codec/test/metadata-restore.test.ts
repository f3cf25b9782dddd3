import {
  CodecError,
  type CodecErrorCode,
  createMetadataLogStateMachine,
  decodeMetadataState,
  encodeMetadataState,
  encodeMetadataStatePieces,
} from '@streambus/codec';
import {
  applyCommand,
  contentOf,
  createMetadataStateMachine,
  diffStates,
  emptyState,
  type MetadataDelta,
  type MetadataState,
  type MetadataStateMachine,
  metadataVersion,
  stateFromContent,
} from '@streambus/metadata';
import { randomCommand } from '@streambus/metadata/testing';
import { createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

// What is computed thousands of times takes longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const seeds = fc.integer({ min: 0, max: 2 ** 32 });
const text = new TextEncoder();

function randomState(seed: number, commands: number): MetadataState {
  const random = createSeededRandom(seed);
  let state = emptyState();
  for (let count = 0; count < commands; count += 1) state = applyCommand(state, randomCommand(random, state)).state;
  return state;
}

/** A machine into which these pieces were restored. */
function restored(pieces: Iterable<Uint8Array>): MetadataStateMachine {
  const machine = createMetadataStateMachine();
  const restore = createMetadataLogStateMachine(machine).beginRestore();
  for (const piece of pieces) restore.add(piece);
  restore.finish();
  return machine;
}

function codeOf(work: () => unknown): CodecErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return error.code;
    throw error;
  }
}

/** Cut before each of the positions, which grow. */
function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  return [0, ...positions].map((from, at) => bytes.subarray(from, positions[at] ?? bytes.length));
}

/** A protobuf field that has a length. */
function field(number: number, content: Uint8Array): Uint8Array {
  expect(content.length).toBeLessThan(128);
  return Uint8Array.of(number * 8 + 2, content.length, ...content);
}

/** The head of an empty state of today's format. */
const head = encodeMetadataState(emptyState());

describe('a metadata state that is restored piece by piece', () => {
  it('is the state whose pieces they are; until all are given the old one stays', () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, other) => {
        const [before, after] = [randomState(seed, 60), randomState(other, 120)];
        const machine = createMetadataStateMachine();
        machine.restore(before);
        const heard: MetadataDelta[] = [];
        machine.onDelta((delta) => heard.push(delta));
        const restore = createMetadataLogStateMachine(machine).beginRestore();
        for (const piece of encodeMetadataStatePieces(after)) restore.add(piece);
        expect([machine.state, heard.length]).toEqual([before, 0]);
        restore.finish();
        expect(encodeMetadataState(machine.state)).toEqual(encodeMetadataState(after));
        expect([...machine.state.brokerLoads]).toEqual([...after.brokerLoads]);
        expect([...machine.state.topicNamesById]).toEqual([...after.topicNamesById]);
        expect(heard).toEqual([diffStates(before, after)]);
      }),
      { numRuns: 30 },
    );
  });

  it('is the same when its bytes are cut at any two places, or at every one', () => {
    const bytes = encodeMetadataState(randomState(5, 100));
    const same = (positions: readonly number[]): void => {
      expect(encodeMetadataState(restored(cut(bytes, positions)).state)).toEqual(bytes);
    };
    expect(bytes.length).toBeGreaterThan(1_000);
    for (let position = 0; position <= bytes.length; position += 1) {
      same([position]);
      same([position, Math.min(bytes.length, position + 7)]);
    }
    same(Array.from(bytes.keys()));
  });

  it('is the same when it is cut at random', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.nat(), { maxLength: 40 }), (seed, places) => {
        const bytes = encodeMetadataState(randomState(seed, 150));
        const positions = places.map((place) => place % (bytes.length + 1)).sort((one, next) => one - next);
        expect(encodeMetadataState(restored(cut(bytes, positions)).state)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('is none of its pieces’ memory: they may be overwritten when they were taken', () => {
    const state = randomState(8, 150);
    const machine = createMetadataStateMachine();
    const restore = createMetadataLogStateMachine(machine).beginRestore();
    const bytes = encodeMetadataState(state);
    const buffer = new Uint8Array(100);
    for (let from = 0; from < bytes.length; from += buffer.length) {
      const piece = bytes.subarray(from, from + buffer.length);
      buffer.set(piece);
      restore.add(buffer.subarray(0, piece.length));
      buffer.fill(0xff);
    }
    restore.finish();
    expect(encodeMetadataState(machine.state)).toEqual(bytes);
  });

  it('passes over fields of a later version, wherever they are', () => {
    const state = randomState(5, 60);
    const unknown = [Uint8Array.of(0xf8, 0x07, 0x01), Uint8Array.of(0xfa, 0x07, 2, 8, 1), new Uint8Array(0)];
    const fixed = [Uint8Array.of(0xf9, 0x07, ...new Uint8Array(8)), Uint8Array.of(0xfd, 0x07, ...new Uint8Array(4))];
    const pieces = [
      ...unknown,
      ...[...encodeMetadataStatePieces(state)].flatMap((piece) => [piece, ...unknown, ...fixed]),
    ];
    expect(encodeMetadataState(restored(pieces).state)).toEqual(encodeMetadataState(state));
  });
});

describe('pieces that are no metadata state', () => {
  it('cut off at any byte are refused, or are a state of fewer topics where a piece ends; a refused one changes nothing', () => {
    const state = randomState(5, 100);
    const bytes = encodeMetadataState(state);
    const pieces = [...encodeMetadataStatePieces(state)];
    const ends = new Set(pieces.map((_, at) => Buffer.concat(pieces.slice(0, at + 1)).length));
    for (let length = pieces[0]?.length ?? 0; length < bytes.length; length += 1) {
      const machine = createMetadataStateMachine();
      const restore = createMetadataLogStateMachine(machine).beginRestore();
      const code = codeOf(() => {
        for (const piece of cut(bytes.subarray(0, length), [length >>> 1])) restore.add(piece);
        restore.finish();
      });
      expect(code).toBe(ends.has(length) ? undefined : 'CODEC_MALFORMED');
      expect(machine.state.version).toBe(ends.has(length) ? state.version : 0);
    }
  });

  it('changed in any byte are read as something else or refused by a CodecError, cut as they may be', () => {
    const bytes = encodeMetadataState(randomState(5, 60));
    const codes = new Set<string>();
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of [0x01, 0x80]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        const whole = codeOf(() => decodeMetadataState(changed));
        const pieces = cut(changed, [at >>> 1, at, Math.min(bytes.length, at + 1)]);
        expect(codeOf(() => restored(pieces))).toBe(whole);
        codes.add(whole ?? 'read');
      }
    }
    expect([...codes]).toEqual(expect.arrayContaining(['CODEC_MALFORMED', 'CODEC_VALUE_INVALID', 'read']));
  });

  it('are refused with what is wrong', () => {
    const broker = [...encodeMetadataStatePieces(randomState(5, 60))][1] as Uint8Array;
    const refused: readonly (readonly [readonly Uint8Array[], CodecErrorCode, string])[] = [
      [[], 'CODEC_FORMAT_UNSUPPORTED', 'has format 0'],
      [[Uint8Array.of(0x08, 3)], 'CODEC_FORMAT_UNSUPPORTED', 'has format 3'],
      [[Uint8Array.of(0x08, 3), broker], 'CODEC_FORMAT_UNSUPPORTED', 'has format 3'],
      [[head, Uint8Array.of(0x00)], 'CODEC_MALFORMED', `from byte ${head.length} on: there is a field 0`],
      [[head, Uint8Array.of(0x33)], 'CODEC_MALFORMED', 'wire type 3'],
      [[head, Uint8Array.of(0x32, 0xff, 0xff, 0xff, 0xff, 0x0f)], 'CODEC_MALFORMED', 'a field has 4294967295 bytes'],
      [[head, new Uint8Array(11).fill(0xff)], 'CODEC_MALFORMED', 'a varint has more than ten bytes'],
      [[head, Uint8Array.of(0x30, 1)], 'CODEC_MALFORMED', 'field 6 of a metadata state holds no message'],
      [[head, Uint8Array.of(0x32, 5, 1)], 'CODEC_MALFORMED', 'it ends 3 bytes after a field has begun'],
      [[head, field(6, Uint8Array.of(0xff))], 'CODEC_MALFORMED', 'no metadata state'],
      [[head, field(7, field(1, text.encode('a')))], 'CODEC_VALUE_INVALID', 'invariant 2: topic a has the id'],
      [[head, broker], 'CODEC_VALUE_INVALID', 'invariant 1: broker'],
    ];
    for (const [pieces, code, message] of refused) {
      const error = expect(() => restored(pieces), message);
      error.toThrow(expect.objectContaining({ name: 'CodecError', code, message: expect.stringContaining(message) }));
    }
  });

  it('in another order than they are written in are refused', () => {
    const state = randomState(5, 60);
    const [first, ...others] = [...encodeMetadataStatePieces(state)] as [Uint8Array, ...Uint8Array[]];
    const [broker, topic] = [others[0], others.at(-1)] as [Uint8Array, Uint8Array];
    expect(state.topics.size).toBeGreaterThan(0);
    expect(() => restored([first, broker, first])).toThrow('has field 1 after its brokers have begun');
    expect(() => restored([first, ...others, broker])).toThrow('has a broker after its topics have begun');
    expect(() => restored([first, ...others, topic])).toThrow(/2: topic .* comes after topic/);
    expect(() => restored([first, broker, ...others])).toThrow(/1: broker .* comes after broker/);
  });

  it('of a state that breaks an invariant are refused with the piece that does', () => {
    const state = randomState(5, 60);
    const broken = stateFromContent({ ...contentOf(state), version: metadataVersion(0) });
    const restore = createMetadataLogStateMachine(createMetadataStateMachine()).beginRestore();
    const [first, broker] = [...encodeMetadataStatePieces(broken)] as [Uint8Array, Uint8Array];
    restore.add(first);
    expect(() => restore.add(broker)).toThrow('breaks invariant 1');
  });
});

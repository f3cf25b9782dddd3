import { readFile } from 'node:fs/promises';
import {
  CodecError,
  type CodecErrorCode,
  decodeConfChange,
  decodeConfChangeV2,
  decodeConfState,
  decodeEntry,
  decodeHardState,
  decodeMessage,
  decodeSnapshot,
  decodeSnapshotMetadata,
  encodeConfChange,
  encodeConfChangeV2,
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeMessage,
  encodeSnapshot,
  encodeSnapshotMetadata,
} from '@streambus/codec';
import {
  type ConfChange,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  type ConfState,
  createMessage,
  type Entry,
  EntryType,
  encodeConfChange as encodeInCore,
  entryBytes,
  type HardState,
  logIndex,
  type Message,
  MessageType,
  nodeId,
  type Snapshot,
  term,
} from '@streambus/raft';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it, vi } from 'vitest';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
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

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

// Derived by hand from the published schema: a key is field number * 8 + wire type (0 varint, 2 length and bytes). What the
// schema's Go classes hold by value is written even when it is zero; bytes are not when they are nil.
const entry: Entry = { type: EntryType.normal, term: term(2), index: logIndex(300), data: text('abc') };
const entryHex = '0800 1002 18ac02 2203616263';
const members: ConfState = {
  voters: [nodeId(1), nodeId(2)],
  learners: [nodeId(3)],
  votersOutgoing: [nodeId(2)],
  learnersNext: [nodeId(2)],
  autoLeave: true,
};
const membersHex = '0801 0802 1003 1802 2002 2801';

describe('the published wire format, by hand', () => {
  it('Entry', () => {
    expect(hex(encodeEntry(entry))).toBe(hex(unhex(entryHex)));
    expect(decodeEntry(unhex(entryHex))).toEqual(entry);
  });

  it('Entry without data, as a new leader appends', () => {
    const empty: Entry = { type: EntryType.confChangeV2, term: term(0), index: logIndex(0), data: new Uint8Array(0) };
    expect(hex(encodeEntry(empty))).toBe('080210001800');
    expect(decodeEntry(unhex('080210001800'))).toEqual(empty);
  });

  it('HardState', () => {
    const state: HardState = { term: term(5), vote: nodeId(2), commit: logIndex(2 ** 40) };
    expect(hex(encodeHardState(state))).toBe('08051002188080808080' + '20');
    expect(decodeHardState(unhex('0805 1002 18808080808020'))).toEqual(state);
  });

  it('ConfState', () => {
    expect(hex(encodeConfState(members))).toBe(hex(unhex(membersHex)));
    expect(decodeConfState(unhex(membersHex))).toEqual(members);
    expect(
      hex(encodeConfState({ voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false })),
    ).toBe('2800');
  });

  it('ConfState with packed numbers, as a newer schema may write', () => {
    expect(decodeConfState(unhex('0a020102 1003 1802 2002 2801'))).toEqual(members);
  });

  it('SnapshotMetadata and Snapshot', () => {
    const metadata = { confState: members, index: logIndex(9), term: term(4) };
    const metadataHex = `0a0c ${membersHex} 1009 1804`;
    expect(hex(encodeSnapshotMetadata(metadata))).toBe(hex(unhex(metadataHex)));
    expect(decodeSnapshotMetadata(unhex(metadataHex))).toEqual(metadata);
    const snapshot: Snapshot = { data: text('s'), metadata };
    const snapshotHex = `0a0173 1212 ${metadataHex}`;
    expect(hex(encodeSnapshot(snapshot))).toBe(hex(unhex(snapshotHex)));
    expect(decodeSnapshot(unhex(snapshotHex))).toEqual(snapshot);
  });

  it('ConfChange', () => {
    const change: ConfChange = { id: 7, type: ConfChangeType.removeNode, nodeId: nodeId(3), context: text('x') };
    expect(hex(encodeConfChange(change))).toBe('0807' + '1001' + '1803' + '220178');
    expect(decodeConfChange(unhex('0807 1001 1803 220178'))).toEqual(change);
  });

  it('ConfChangeV2', () => {
    const change: ConfChangeV2 = {
      transition: ConfChangeTransition.jointExplicit,
      changes: [
        { type: ConfChangeType.addNode, nodeId: nodeId(4) },
        { type: ConfChangeType.addLearnerNode, nodeId: nodeId(5) },
      ],
      context: text('y'),
    };
    const changeHex = '0802 1204 0800 1004 1204 0803 1005 1a0179';
    expect(hex(encodeConfChangeV2(change))).toBe(hex(unhex(changeHex)));
    expect(decodeConfChangeV2(unhex(changeHex))).toEqual(change);
    expect(decodeConfChangeV2(new Uint8Array(0))).toEqual({ transition: 0, changes: [], context: new Uint8Array(0) });
  });

  it('Message: an append', () => {
    const message = createMessage({
      type: MessageType.append,
      to: nodeId(2),
      from: nodeId(1),
      term: term(3),
      logTerm: term(2),
      index: logIndex(299),
      entries: [entry],
      commit: logIndex(298),
    });
    const messageHex = `0803 1002 1801 2003 2802 30ab02 3a0c ${entryHex} 40aa02 5000 5800 6800`;
    expect(hex(encodeMessage(message))).toBe(hex(unhex(messageHex)));
    expect(decodeMessage(unhex(messageHex))).toEqual(message);
  });

  it('Message: every other field', () => {
    const message = createMessage({
      type: MessageType.forgetLeader,
      reject: true,
      rejectHint: logIndex(11),
      vote: nodeId(13),
      context: text('c'),
      snapshot: {
        data: new Uint8Array(0),
        metadata: { confState: { ...members, autoLeave: false }, index: logIndex(1), term: term(1) },
      },
      responses: [createMessage({ type: MessageType.voteResponse })],
    });
    const zeroHex = '1000 1800 2000 2800 3000 4000 5000 5800 6800';
    const messageHex =
      '0817 1000 1800 2000 2800 3000 4000 ' +
      '4a14 1212 0a0c 0801 0802 1003 1802 2002 2800 1001 1801 ' +
      `5001 580b 620163 680d 7214 0806 ${zeroHex}`;
    expect(hex(encodeMessage(message))).toBe(hex(unhex(messageHex)));
    expect(decodeMessage(unhex(messageHex))).toEqual(message);
  });

  it('an absent field is zero, an unknown one is passed over', () => {
    expect(decodeMessage(new Uint8Array(0))).toEqual(createMessage({ type: MessageType.campaign }));
    expect(decodeHardState(unhex('0805 a20603616263'))).toEqual({ term: 5, vote: 0, commit: 0 });
  });
});

// What is computed thousands of times takes longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const counts = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const bytes = fc.uint8Array({ maxLength: 40 });
const ids = fc.array(counts.map(nodeId), { maxLength: 4 });
const entries: fc.Arbitrary<Entry> = fc.record({
  term: counts.map(term),
  index: counts.map(logIndex),
  type: fc.constantFrom(...Object.values(EntryType)),
  data: bytes,
});
const confStates: fc.Arbitrary<ConfState> = fc.record({
  voters: ids,
  learners: ids,
  votersOutgoing: ids,
  learnersNext: ids,
  autoLeave: fc.boolean(),
});
const snapshots: fc.Arbitrary<Snapshot> = fc.record({
  data: bytes,
  metadata: fc.record({ confState: confStates, index: counts.map(logIndex), term: counts.map(term) }),
});
const singles = fc.record({ type: fc.constantFrom(...Object.values(ConfChangeType)), nodeId: counts.map(nodeId) });
const changes: fc.Arbitrary<ConfChange> = fc.record({
  id: counts,
  type: fc.constantFrom(...Object.values(ConfChangeType)),
  nodeId: counts.map(nodeId),
  context: bytes,
});
const changesV2: fc.Arbitrary<ConfChangeV2> = fc.record({
  transition: fc.constantFrom(...Object.values(ConfChangeTransition)),
  changes: fc.array(singles, { maxLength: 3 }),
  context: bytes,
});

function messages(depth: number): fc.Arbitrary<Message> {
  return fc.record({
    type: fc.constantFrom(...Object.values(MessageType)),
    to: counts.map(nodeId),
    from: counts.map(nodeId),
    term: counts.map(term),
    logTerm: counts.map(term),
    index: counts.map(logIndex),
    entries: fc.array(entries, { maxLength: 3 }),
    commit: counts.map(logIndex),
    vote: counts.map(nodeId),
    snapshot: fc.option(snapshots, { nil: undefined }),
    reject: fc.boolean(),
    rejectHint: counts.map(logIndex),
    context: bytes,
    responses: depth === 0 ? fc.constant([]) : fc.array(messages(depth - 1), { maxLength: 2 }),
  });
}

describe('any value', () => {
  it('is read as it was written', () => {
    const same = <T>(
      arbitrary: fc.Arbitrary<T>,
      encode: (value: T) => Uint8Array,
      decode: (bytes: Uint8Array) => T,
    ): void => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          expect(decode(encode(value))).toEqual(value);
        }),
      );
    };
    same(messages(1), encodeMessage, decodeMessage);
    same(entries, encodeEntry, decodeEntry);
    same(snapshots, encodeSnapshot, decodeSnapshot);
    same(confStates, encodeConfState, decodeConfState);
    same(changes, encodeConfChange, decodeConfChange);
    same(changesV2, encodeConfChangeV2, decodeConfChangeV2);
  });

  it('has the length that the core counts for an entry', () => {
    fc.assert(
      fc.property(entries, (value) => {
        expect(encodeEntry(value).length).toBe(entryBytes(value));
      }),
    );
  });

  it('is what the core itself writes for a membership change', () => {
    fc.assert(
      fc.property(changes, (value) => {
        expect(encodeConfChange(value)).toEqual(encodeInCore(value).data);
      }),
    );
    fc.assert(
      fc.property(changesV2, (value) => {
        expect(encodeConfChangeV2(value)).toEqual(encodeInCore(value).data);
      }),
    );
  });

  it('is read without a copy of its data, from a Buffer too, and never gives a Buffer', () => {
    const written = Buffer.concat([Buffer.alloc(3), encodeEntry(entry)]).subarray(3);
    const { data } = decodeEntry(written);
    expect(data.constructor).toBe(Uint8Array);
    expect(data.buffer).toBe(written.buffer);
    expect(decodeEntry(new Uint8Array(0)).data.constructor).toBe(Uint8Array);
  });
});

describe('what cannot be', () => {
  it('a number above 2^53-1 is refused, not rounded', () => {
    expect(decodeHardState(unhex('08ffffffffffffff0f')).term).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => decodeHardState(unhex('088080808080808010')))).toBe('CODEC_NUMBER_TOO_LARGE');
    expect(codeOf(() => decodeHardState(unhex('08ffffffffffffffffff01')))).toBe('CODEC_NUMBER_TOO_LARGE');
    expect(codeOf(() => decodeHardState(unhex('08ffffffffffffffffffff01')))).toBe('CODEC_MALFORMED');
    expect(codeOf(() => encodeHardState({ term: (2 ** 53) as never, vote: nodeId(0), commit: logIndex(0) }))).toBe(
      'CODEC_NOT_ENCODABLE',
    );
  });

  it('a type that is none is refused', () => {
    expect(codeOf(() => decodeMessage(unhex('0818')))).toBe('CODEC_VALUE_INVALID');
    expect(codeOf(() => decodeEntry(unhex('0803')))).toBe('CODEC_VALUE_INVALID');
    expect(codeOf(() => decodeConfChange(unhex('1004')))).toBe('CODEC_VALUE_INVALID');
    expect(codeOf(() => decodeConfChangeV2(unhex('0803')))).toBe('CODEC_VALUE_INVALID');
  });

  it('bytes that end early, nest too deep or are no message are refused', () => {
    expect(codeOf(() => decodeEntry(unhex('2203 6162')))).toBe('CODEC_MALFORMED');
    expect(codeOf(() => decodeEntry(unhex('10')))).toBe('CODEC_MALFORMED');
    expect(codeOf(() => decodeEntry(unhex('0f')))).toBe('CODEC_MALFORMED');
    let nested = createMessage({ type: MessageType.append });
    for (let depth = 0; depth < 90; depth += 1)
      nested = createMessage({ type: MessageType.append, responses: [nested] });
    expect(decodeMessage(encodeMessage(nested))).toEqual(nested);
    let deep = new Uint8Array(0);
    for (let depth = 0; depth < 200; depth += 1) deep = concat(varintKey(14), varint(deep.length), deep);
    expect(codeOf(() => decodeMessage(deep))).toBe('CODEC_MALFORMED');
  });

  it('bytes that were changed are read as something else or refused by a CodecError', () => {
    const positions = fc.array(fc.record({ at: fc.nat(1000), byte: fc.integer({ min: 0, max: 255 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(messages(1), positions, fc.nat(1000), (message, flips, cut) => {
        const changed = encodeMessage(message).slice();
        for (const { at, byte } of flips) changed[at % changed.length] = byte;
        codeOf(() => decodeMessage(changed));
        codeOf(() => decodeMessage(changed.subarray(0, cut % changed.length)));
        for (const decode of [decodeSnapshot, decodeConfState, decodeConfChangeV2, decodeEntry, decodeHardState]) {
          codeOf(() => decode(changed));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('protobufjs', () => {
  it('keeps its global configuration: one who reads 64-bit numbers as Long beside this codec goes on doing so', () => {
    class Long {
      static fromBits(low: number, high: number): Long {
        return new Long(low, high);
      }
      readonly low: number;
      readonly high: number;
      constructor(low: number, high: number) {
        this.low = low;
        this.high = high;
      }
    }
    const { util } = protobuf;
    const before: unknown = util.Long;
    try {
      Object.assign(util, { Long });
      protobuf.configure();
      const state: HardState = { term: term(2 ** 40), vote: nodeId(0), commit: logIndex(1) };
      expect(decodeHardState(encodeHardState(state))).toEqual(state);
      expect(decodeHardState(new Uint8Array(0)).term).toBe(0);
      expect(util.Long).toBe(Long);
      expect(new protobuf.Reader(Uint8Array.of(5)).uint64()).toBeInstanceOf(Long);
    } finally {
      Object.assign(util, { Long: before });
      protobuf.configure();
    }
  });

  it('is asked for no 64-bit type but the one that the reader here knows', async () => {
    const generated = await readFile(new URL('../src/generated/wire.js', import.meta.url), 'utf8');
    expect(generated.match(/(reader|writer.*)\.(s?int64|s?fixed64)s?\(/)).toBeNull();
    expect(generated).not.toContain('util.Long');
  });
});

function varint(value: number): Uint8Array {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(...out, rest);
    out.push((rest % 128) | 128);
  }
}

function varintKey(field: number): Uint8Array {
  return varint(field * 8 + 2);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

import {
  CodecError,
  type CodecErrorCode,
  decodeMetadataAnswer,
  decodeMetadataCommand,
  decodeMetadataState,
  encodeMetadataAnswer,
  encodeMetadataCommand,
  encodeMetadataState,
  encodeMetadataStatePieces,
  hashMetadataState,
} from '@streambus/codec';
import {
  applyCommand,
  type Broker,
  type CommandAnswer,
  contentOf,
  emptyState,
  leaderEpoch,
  type MetadataCommand,
  type MetadataState,
  metadataVersion,
  type Partition,
  partitionEpoch,
  stateFromContent,
} from '@streambus/metadata';
import { randomCommand } from '@streambus/metadata/testing';
import { createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

interface Step {
  readonly command: MetadataCommand;
  readonly answer: CommandAnswer;
  readonly state: MetadataState;
}

function randomSteps(seed: number, count: number): Step[] {
  const random = createSeededRandom(seed);
  const steps: Step[] = [];
  let state = emptyState();
  for (let index = 0; index < count; index += 1) {
    const command = randomCommand(random, state);
    const transition = applyCommand(state, command);
    state = transition.state;
    steps.push({ command, answer: transition.answer, state });
  }
  return steps;
}

// What is computed thousands of times takes longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const seeds = fc.integer({ min: 0, max: 2 ** 32 });

function codeOf(work: () => unknown): CodecErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return error.code;
    throw error;
  }
}

describe('metadata commands and answers', () => {
  it('of every kind are read as they were written', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const { command, answer } of randomSteps(seed, 100)) {
          kinds.add(command.kind);
          expect(decodeMetadataCommand(encodeMetadataCommand(command))).toEqual(command);
          expect(decodeMetadataAnswer(encodeMetadataAnswer(answer))).toEqual(answer);
        }
      }),
      { numRuns: 40 },
    );
    expect(kinds.size).toBe(20);
  });

  it('keep the difference between a list that is absent and one that is empty', () => {
    const commands: MetadataCommand[] = [
      { kind: 'electPreferredLeaders' },
      { kind: 'electPreferredLeaders', partitions: [] },
      { kind: 'updateBroker', brokerId: 1, incarnation: 'a' },
      { kind: 'updateBroker', brokerId: 1, incarnation: 'a', endpoints: [], supportedFeatures: [], rack: '' },
      { kind: 'updateBroker', brokerId: 1, incarnation: 'a', rack: null },
      { kind: 'addPartitions', name: 't', totalCount: 1, replicas: [[]] },
      { kind: 'configureTopic', name: '', replace: false, changes: [] },
      { kind: 'configureBroker', brokerId: 0, changes: [{ operation: 'set', key: '__proto__', value: '' }] },
      { kind: 'batch', commands: [] },
    ];
    for (const command of commands) {
      expect(decodeMetadataCommand(encodeMetadataCommand(command))).toStrictEqual(command);
    }
  });

  it('that do not fit their fields are not written', () => {
    const half: MetadataCommand = { kind: 'unregisterBroker', brokerId: 0.5 };
    const large: MetadataCommand = { kind: 'setFeatureLevel', name: 'f', level: 2 ** 31 };
    const answer: CommandAnswer = { status: 'applied', version: -1 as never, result: { kind: 'updateBroker' } };
    expect(codeOf(() => encodeMetadataCommand(half))).toBe('CODEC_NOT_ENCODABLE');
    expect(codeOf(() => encodeMetadataCommand(large))).toBe('CODEC_NOT_ENCODABLE');
    expect(codeOf(() => encodeMetadataAnswer(answer))).toBe('CODEC_NOT_ENCODABLE');
  });

  it('of two kinds at once are of the last, as protobuf has it', () => {
    const deleted: MetadataCommand = { kind: 'deleteTopic', name: 'orders' };
    const added: MetadataCommand = { kind: 'addPartitions', name: 'orders', totalCount: 3 };
    const both = (...commands: MetadataCommand[]): Uint8Array => Buffer.concat(commands.map(encodeMetadataCommand));
    expect(decodeMetadataCommand(both(deleted, added))).toEqual(added);
    expect(decodeMetadataCommand(both(added, deleted))).toEqual(deleted);
    expect(decodeMetadataCommand(both({ kind: 'batch', commands: [added] }, deleted))).toEqual(deleted);
  });

  it('of an unknown kind, or of none, are refused', () => {
    expect(codeOf(() => decodeMetadataCommand(new Uint8Array(0)))).toBe('CODEC_VALUE_INVALID');
    // Field 100, length 0: a command of a later version.
    expect(codeOf(() => decodeMetadataCommand(Uint8Array.of(0xa2, 0x06, 0x00)))).toBe('CODEC_VALUE_INVALID');
    // A batch that holds a batch.
    expect(codeOf(() => decodeMetadataCommand(Uint8Array.of(0x9a, 1, 5, 0x0a, 3, 0x9a, 1, 0)))).toBe(
      'CODEC_VALUE_INVALID',
    );
    expect(codeOf(() => decodeMetadataAnswer(new Uint8Array(0)))).toBe('CODEC_VALUE_INVALID');
  });
});

describe('a metadata state', () => {
  it('is read as it was written, and written as the same bytes again', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const state = randomSteps(seed, 120).at(-1)?.state ?? emptyState();
        const bytes = encodeMetadataState(state);
        const read = decodeMetadataState(bytes);
        expect(encodeMetadataState(read)).toEqual(bytes);
        expect([...read.brokers]).toEqual([...state.brokers]);
        expect([...read.topics]).toEqual([...state.topics]);
        expect([...read.brokerLoads]).toEqual([...state.brokerLoads]);
        expect(read.clusterConfigs).toEqual(state.clusterConfigs);
        expect(read.featureLevels).toEqual(state.featureLevels);
      }),
      { numRuns: 40 },
    );
  });

  it('gives equal bytes on replicas that applied the same log, whether from the start, from bytes, or from a snapshot on the way', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 119 }), (seed, middle) => {
        const steps = randomSteps(seed, 120);
        const log = steps.map(({ command }) => encodeMetadataCommand(command));
        const replay = (from: MetadataState, entries: readonly Uint8Array[]): MetadataState =>
          entries.reduce((state, bytes) => applyCommand(state, decodeMetadataCommand(bytes)).state, from);
        const snapshot = encodeMetadataState(steps[middle]?.state ?? emptyState());
        const bytes = encodeMetadataState(steps.at(-1)?.state ?? emptyState());
        expect(encodeMetadataState(replay(emptyState(), log))).toEqual(bytes);
        expect(encodeMetadataState(replay(decodeMetadataState(snapshot), log.slice(middle + 1)))).toEqual(bytes);
      }),
      { numRuns: 20 },
    );
  });

  it('has a hash that is the same on every replica, however it came to its state, and another after every command', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const hashes = new Map<string, number>();
        for (const { state } of randomSteps(seed, 100)) {
          const hash = hashMetadataState(state);
          expect(hash).toMatch(/^[0-9a-f]{64}$/);
          expect(hashes.get(hash) ?? state.version).toBe(state.version);
          hashes.set(hash, state.version);
          // A state that shares no object with the first one, so that nothing is remembered of it.
          expect(hashMetadataState(decodeMetadataState(encodeMetadataState(state)))).toBe(hash);
        }
        expect(new Set(hashes.values()).size).toBe(hashes.size);
      }),
      { numRuns: 10 },
    );
  });

  it('goes out in pieces that are the whole when taken together, of the state as it was', () => {
    const [early, late] = [randomSteps(3, 60), randomSteps(3, 120)].map((steps) => steps.at(-1)?.state ?? emptyState());
    const pieces = [...encodeMetadataStatePieces(early ?? emptyState())];
    expect(pieces.length).toBe(1 + (early?.brokers.size ?? 0) + (early?.topics.size ?? 0));
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(encodeMetadataState(early ?? emptyState())));
    expect(encodeMetadataState(late ?? emptyState())).not.toEqual(encodeMetadataState(early ?? emptyState()));
  });

  it('goes out in pieces of a thousand partitions at most, and comes back whole', () => {
    const partitions = Array.from({ length: 2_500 }, (_, index) => partition([1 + (index % 2), 2 - (index % 2)]));
    const topics = ['a', 'b'].map((name, index) => ({
      name,
      topicId: `00000000-0000-4000-8000-00000000000${index + 1}`,
      configs: new Map([['retention.ms', '1']]),
      partitions: name === 'a' ? partitions : partitions.slice(0, 1),
    }));
    const state = stateFromContent({ ...contentOf(emptyState()), version: metadataVersion(9), brokers: two, topics });
    expect([...encodeMetadataStatePieces(state)].length).toBe(1 + two.length + 3 + 1);
    const read = decodeMetadataState(encodeMetadataState(state));
    expect([...read.topics.values()]).toEqual(topics);
  });

  it('that breaks an invariant, or has another format, is refused', () => {
    const state = randomSteps(1, 150).at(-1)?.state ?? emptyState();
    expect(state.topics.size).toBeGreaterThan(0);
    const broken = stateFromContent({ ...contentOf(state), brokers: [] });
    expect(codeOf(() => decodeMetadataState(encodeMetadataState(broken)))).toBe('CODEC_VALUE_INVALID');
    expect(codeOf(() => decodeMetadataState(Uint8Array.of(0x08, 3)))).toBe('CODEC_FORMAT_UNSUPPORTED');
    expect(codeOf(() => decodeMetadataState(new Uint8Array(0)))).toBe('CODEC_FORMAT_UNSUPPORTED');
    const old = { ...emptyState(), version: metadataVersion(7) };
    expect(decodeMetadataState(encodeMetadataState(old)).version).toBe(7);
  });
});

const two = [1, 2].map(
  (brokerId): Broker => ({
    brokerId,
    incarnation: 'first',
    epoch: metadataVersion(1),
    status: 'active',
    endpoints: [{ listener: 'PLAINTEXT', host: 'localhost', port: 9092 }],
    rack: undefined,
    supportedFeatures: [],
    configs: new Map(),
  }),
);

function partition(replicas: readonly number[]): Partition {
  const nobody: readonly number[] = [];
  return {
    ...{ replicas, isr: replicas, eligibleReplicas: nobody, leader: replicas[0] },
    ...{ leaderEpoch: leaderEpoch(0), partitionEpoch: partitionEpoch(0) },
    ...{ addingReplicas: nobody, removingReplicas: nobody },
  };
}

describe('bytes that were changed', () => {
  it('are read as something else or refused by a CodecError, never anything worse', () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = createSeededRandom(seed);
        const { command, answer, state } = randomSteps(seed, 1 + random.below(60)).at(-1) as Step;
        const subjects = [
          [encodeMetadataCommand(command), decodeMetadataCommand],
          [encodeMetadataAnswer(answer), decodeMetadataAnswer],
          [encodeMetadataState(state), decodeMetadataState],
        ] as const;
        for (const [bytes, decode] of subjects) {
          for (let round = 0; round < 20; round += 1) {
            const changed = mutated(bytes, random.below(4), random.uint32(), random.below(256));
            const code = codeOf(() => decode(changed)) ?? 'read';
            outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
          }
        }
      }),
      { numRuns: 60 },
    );
    expect([...outcomes.keys()].sort()).toEqual(
      expect.arrayContaining(['CODEC_MALFORMED', 'CODEC_VALUE_INVALID', 'read']),
    );
  });
});

function mutated(bytes: Uint8Array, how: number, where: number, byte: number): Uint8Array {
  const position = bytes.length === 0 ? 0 : where % bytes.length;
  if (how === 0) return bytes.slice(0, position);
  if (how === 1) return Uint8Array.from(Array.from(bytes).toSpliced(position, 1));
  if (how === 2) return Uint8Array.from(Array.from(bytes).toSpliced(position, 0, byte));
  return bytes.map((value, index) => (index === position ? byte : value));
}

/**
 * What metadata costs in one turn of the event loop, for 10,000 partitions in three shapes: milliseconds, the first time, in the middle of many,
 * and at best.
 *
 *     node --conditions=@streambus/source bench/metadata.ts
 */
import {
  createMetadataLogStateMachine,
  decodeMetadataState,
  encodeMetadataState,
  encodeMetadataStatePieces,
  hashMetadataState,
} from '@streambus/codec';
import {
  applyCommand,
  createMetadataStateMachine,
  emptyState,
  type MetadataCommand,
  type MetadataState,
  partitionEpoch,
  type SingleCommand,
} from '@streambus/metadata';

const rounds = 41;
const endpoints = [{ listener: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }];
const shapes = [
  { topicCount: 1, partitionCount: 10_000 },
  { topicCount: 100, partitionCount: 100 },
  { topicCount: 10_000, partitionCount: 1 },
];

function elapsedMs(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function measure<Result>(what: string, work: (round: number) => Result): void {
  print(
    what,
    Array.from({ length: rounds }, (_, round) => elapsedMs(() => work(round))),
  );
}

function print(what: string, times: number[]): void {
  const first = times[0] ?? 0;
  times.sort((one, other) => one - other);
  const columns = [first, times[rounds >>> 1] ?? 0, times[0] ?? 0].map((ms) => ms.toFixed(2).padStart(9));
  console.log(`${what.padEnd(50)}${columns.join('')}`);
}

/** What a replica that takes a snapshot does between two turns of the event loop: with somebody who listens for what has changed. */
function measureRestore(state: MetadataState): void {
  const longestPieces: number[] = [];
  const ends: number[] = [];
  const pieces = [...encodeMetadataStatePieces(state)];
  for (let round = 0; round < rounds; round += 1) {
    const machine = createMetadataStateMachine();
    machine.onDelta(() => {});
    const restore = createMetadataLogStateMachine(machine).beginRestore();
    longestPieces.push(Math.max(...pieces.map((piece) => elapsedMs(() => restore.add(piece)))));
    ends.push(elapsedMs(() => restore.finish()));
  }
  print('restore it piece by piece: the longest piece', longestPieces);
  print('  the end, with all partitions new', ends);
}

function apply(state: MetadataState, command: MetadataCommand): MetadataState {
  const { state: next, answer } = applyCommand(state, command);
  if (answer.status === 'refused') throw new Error(answer.refusal.message);
  return next;
}

function brokers(): MetadataState {
  return [1, 2, 3].reduce((state, brokerId) => {
    const incarnation = `start of ${brokerId}`;
    const registered = apply(state, { kind: 'registerBroker', brokerId, incarnation, endpoints });
    return apply(registered, { kind: 'unfenceBroker', brokerId, incarnation });
  }, emptyState());
}

function creation(topicCount: number, partitionCount: number): MetadataCommand {
  const commands = Array.from({ length: topicCount }, (_, index): SingleCommand => {
    const topicId = `00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`;
    const placement = { kind: 'automatic', partitionCount, replicationFactor: 3 } as const;
    return { kind: 'createTopic', name: `topic-${index}`, topicId, placement };
  });
  return { kind: 'batch', commands };
}

for (const { topicCount, partitionCount } of shapes) {
  console.log(`\n${topicCount} topics of ${partitionCount} partitions, replication factor 3 on 3 brokers`.padEnd(51));
  console.log(`${''.padEnd(50)}${['first', 'median', 'best'].map((name) => name.padStart(9)).join('')}`);
  const empty = brokers();
  const create = creation(topicCount, partitionCount);
  measure('create all in one command', () => apply(empty, create));
  const state = apply(empty, create);
  const identity = { brokerId: 1, incarnation: 'start of 1' };
  measure('fence a broker that is in every ISR', () => apply(state, { kind: 'fenceBroker', ...identity }));
  const fenced = apply(state, { kind: 'fenceBroker', ...identity });
  measure('unfence it', () => apply(fenced, { kind: 'unfenceBroker', ...identity }));
  measure('drain a broker that leads a third', () => apply(state, { kind: 'drainBroker', ...identity }));
  const change: MetadataCommand = {
    kind: 'changePartition',
    name: 'topic-0',
    partition: 0,
    partitionEpoch: partitionEpoch(0),
    isr: [{ brokerId: 1 }],
  };
  measure('change one partition', () => apply(state, change));
  const bytes = encodeMetadataState(state);
  measure(`write a snapshot of ${bytes.length} bytes`, () => encodeMetadataState(state));
  measure('  its longest piece alone', () => {
    const pieces = encodeMetadataStatePieces(state);
    for (let piece = 0; piece < 5; piece += 1) pieces.next();
  });
  measure('read and check it', () => decodeMetadataState(bytes));
  measureRestore(state);
  measure('hash it', () => hashMetadataState(decodeMetadataState(bytes)));
  const next = Array.from({ length: rounds }, () => apply(state, change));
  hashMetadataState(state);
  measure('hash it after one change', (round) => hashMetadataState(next[round] ?? state));
}

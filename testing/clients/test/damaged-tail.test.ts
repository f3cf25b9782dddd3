import { readFile, writeFile } from 'node:fs/promises';
import { batchPlaces } from '@streambus/kafka';
import { type BrokerProcess, makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { expect, it, vi } from 'vitest';
import { type DamageKind, damageKinds, damages, firstDifference } from '../src/damage.ts';
import { freePort } from '../src/free-port.ts';
import { newestSegment, type SegmentFile } from '../src/partition-files.ts';
import { createSeededRandom, type SeededRandom, seedOfThisRun } from '../src/seeded-random.ts';
import {
  createTopic,
  encodeSequenced,
  fetchOnce,
  initProducerId,
  ProtocolError,
  produce,
  type ReadRecord,
  readPartition,
} from '../src/wire-calls.ts';
import { withWireConnection } from '../src/wire-connection.ts';

const partitionsPerKind = 24;
const settings = ['offsets.topic.num.partitions=1', 'log.format=json'];
/** The leader epoch lies outside of what a batch's checksum covers, as Kafka has it. */
const epochPlace = { start: batchPlaces.partitionLeaderEpoch, end: batchPlaces.magic };

/** A partition whose newest segment is damaged. */
interface Patient {
  readonly topic: DamageKind;
  readonly partition: number;
  readonly segment: SegmentFile;
  readonly damaged: Buffer;
  /** Where the damage begins. */
  readonly position: number;
}

/**
 * What has to come of it: the records of this many batches, or a refusal. `later`: the damage lies in what was durable long ago and
 * what follows is whole, so it is met when somebody reads there. `doubtful`: what no checksum covers was hit; nothing wrong may be read.
 */
type Prognosis =
  | { readonly kind: 'doubtful' }
  | { readonly kind: 'kept'; readonly batches: number }
  | { readonly kind: 'refused'; readonly atByte: number }
  | { readonly kind: 'later'; readonly atByte: number };

function prognosis({ topic, segment, position }: Patient): Prognosis {
  const { batchEnds, durableBytes, bytes } = segment;
  const batches = batchEnds.filter((end) => end <= position).length;
  const batchStart = batchEnds[batches - 1] ?? 0;
  if (topic === 'cut' && position < durableBytes) return { kind: 'refused', atByte: position };
  if (topic === 'zeroed' && position < durableBytes) return { kind: 'refused', atByte: batchStart };
  if (topic !== 'flipped' || position === bytes.length) return { kind: 'kept', batches };
  const place = position - batchStart;
  if (place >= epochPlace.start && place < epochPlace.end) return { kind: 'doubtful' };
  if (position < durableBytes) return { kind: 'later', atByte: batchStart };
  const isLast = batches === batchEnds.length - 1;
  return isLast ? { kind: 'kept', batches } : { kind: 'refused', atByte: batchStart };
}

/** The last batch that was durable long ago says to have more records: whoever goes on behind it must not wait for them. */
function withLargerBatch({ bytes, batchEnds, durableBytes }: SegmentFile): Buffer {
  const start = batchEnds[batchEnds.indexOf(durableBytes) - 1] ?? 0;
  const damaged = Buffer.from(bytes);
  damaged[start + batchPlaces.lastOffsetDelta + 1] = 1;
  return damaged;
}

/** The first batch says to be longer than all there is. */
function withLongerBatch({ bytes }: SegmentFile): Buffer {
  const damaged = Buffer.from(bytes);
  damaged[batchPlaces.length + 1] = 1;
  return damaged;
}

/** A batch after the recovery point, counted from the end, says to be of a much later leader epoch. */
function withLaterEpoch({ bytes, batchEnds }: SegmentFile, fromEnd: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged[(batchEnds.at(-1 - fromEnd) ?? 0) + batchPlaces.partitionLeaderEpoch + 1] = 1;
  return damaged;
}

/** What chance would seldom hit. */
const chosenDamages: readonly ((segment: SegmentFile) => Buffer)[] = [
  withLargerBatch,
  withLongerBatch,
  (segment) => withLaterEpoch(segment, 1),
  (segment) => withLaterEpoch(segment, 3),
];

/** Writes random batches to every partition of the topics; the values say where they belong. */
async function writeEverywhere(
  port: number,
  batches: number,
  random: SeededRandom,
  written: Map<string, string[][]>,
): Promise<void> {
  await withWireConnection(port, async (connection) => {
    const producerId = await initProducerId(connection);
    const answers = [...written].flatMap(([name, all]) => {
      const [topic = '', partition] = name.split('/');
      let sequence = 0;
      return Array.from({ length: batches }, () => {
        const filler = 'y'.repeat(random.below(300));
        const values = Array.from(
          { length: random.between(1, 5) },
          (_, index) => `${name} ${all.length} ${index} ${filler}`,
        );
        const records = encodeSequenced(producerId, sequence, values);
        sequence += values.length;
        all.push(values);
        return produce(connection, topic, Number(partition), records);
      });
    });
    await Promise.all(answers);
  });
}

const valuesOf = (records: readonly ReadRecord[]): string[] => records.map(({ value }) => value);

async function refusal(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return 'nothing';
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError)) throw thrown;
    return thrown.code;
  }
}

/** From wherever one reads: what was stored, or a refusal; never anything else. */
async function expectNothingWrong(
  port: number,
  { topic, partition }: Patient,
  stored: readonly string[],
  where: string,
): Promise<void> {
  await withWireConnection(port, async (connection) => {
    for (let offset = 0; offset < stored.length; offset++) {
      const read = fetchOnce(connection, topic, partition, offset);
      const code = await refusal(read);
      if (code !== 'nothing') {
        expect(code, where).toBe('KAFKA_STORAGE_ERROR');
        continue;
      }
      const records = (await read).records.filter((record) => record.offset >= offset);
      expect(records.length, where).toBeGreaterThan(0);
      expect(valuesOf(records), `from ${offset}: ${where}`).toEqual(stored.slice(offset, offset + records.length));
      expect(records[0]?.offset, where).toBe(offset);
    }
  });
}

const produceOne = (port: number, topic: string, partition: number, value: string): Promise<number> =>
  withWireConnection(port, (connection) => produce(connection, topic, partition, encodeSequenced(-1, -1, [value])));

it('a damaged newest segment: what was acknowledged before the damage is kept, and damage before the durable end is refused with file and byte', async () => {
  const seed = seedOfThisRun();
  const random = createSeededRandom(seed);
  await using folder = await makeTemporaryFolder();
  const dataDir = `${folder.path}/data`;
  const port = await freePort();
  const start = (): Promise<BrokerProcess> => startBrokerProcess({ dataDir, kafkaPort: port, settings });
  await using stack = new AsyncDisposableStack();
  let broker = await start();
  stack.defer(() => broker.kill());

  for (const kind of damageKinds) await createTopic(port, kind, partitionsPerKind);
  await createTopic(port, 'healthy', 1);
  const written = new Map<string, string[][]>([['healthy/0', []]]);
  for (const kind of damageKinds) {
    for (let partition = 0; partition < partitionsPerKind; partition++) written.set(`${kind}/${partition}`, []);
  }
  await writeEverywhere(port, 4, random, written);
  // Closed in order, its checkpoint says that all this is durable.
  expect(await broker.stop()).toBe(0);
  broker = await start();
  await writeEverywhere(port, 8, random, written);
  await broker.kill();

  const patients: Patient[] = [];
  for (const topic of damageKinds) {
    for (let partition = 0; partition < partitionsPerKind; partition++) {
      const segment = await newestSegment(dataDir, topic, partition);
      const chosen = topic === 'flipped' ? chosenDamages[partition] : undefined;
      const damaged = chosen?.(segment) ?? damages[topic](segment.bytes, random);
      await writeFile(segment.path, damaged);
      patients.push({ topic, partition, segment, damaged, position: firstDifference(segment.bytes, damaged) });
    }
  }

  broker = await start();
  const outcomes = { kept: 0, refused: 0, later: 0, doubtful: 0 };
  const untouched = new Set<Patient>();
  for (const patient of patients) {
    const { topic, partition, segment, damaged, position } = patient;
    const expected = prognosis(patient);
    outcomes[expected.kind]++;
    const where = `STREAMBUS_TEST_SEED=${seed} ${topic}-${partition} at byte ${position}, ${segment.durableBytes} of ${segment.bytes.length} durable, batches end at ${segment.batchEnds}; the broker's last lines: ${broker.stderr().slice(-2000)}`;
    const batches = written.get(`${topic}/${partition}`) ?? [];
    expect(batches, where).toHaveLength(segment.batchEnds.length);
    if (expected.kind === 'kept') {
      const { records, highWatermark, startOffset } = await readPartition(port, topic, partition);
      expect(valuesOf(records), where).toEqual(batches.slice(0, expected.batches).flat());
      expect([startOffset, highWatermark], where).toEqual([0, records.length]);
      // It goes on where it ends.
      expect(await produceOne(port, topic, partition, 'after'), where).toBe(records.length);
      batches.splice(expected.batches, batches.length, ['after']);
      expect(valuesOf((await readPartition(port, topic, partition)).records)).toEqual(batches.flat());
      continue;
    }
    if (expected.kind === 'doubtful') {
      await expectNothingWrong(port, patient, batches.flat(), where);
      const code = await refusal(produceOne(port, topic, partition, 'after'));
      expect(['nothing', 'KAFKA_STORAGE_ERROR'], where).toContain(code);
      if (code === 'nothing') batches.push(['after']);
      else untouched.add(patient);
      continue;
    }
    untouched.add(patient);
    expect(await refusal(readPartition(port, topic, partition)), where).toBe('KAFKA_STORAGE_ERROR');
    // Log lines leave a little after answers do.
    const naming = `${segment.path} is damaged at byte ${expected.atByte}:`;
    await vi.waitFor(() => expect(broker.stderr(), where).toContain(naming), { timeout: 5000 });
    if (expected.kind === 'refused') {
      expect(await refusal(produceOne(port, topic, partition, 'after')), where).toBe('KAFKA_STORAGE_ERROR');
      expect((await readFile(segment.path)).equals(damaged), where).toBe(true);
    } else {
      await expectNothingWrong(port, patient, batches.flat(), where);
    }
  }
  expect(valuesOf((await readPartition(port, 'healthy', 0)).records)).toEqual(written.get('healthy/0')?.flat());
  await produceOne(port, 'healthy', 0, 'after');
  written.get('healthy/0')?.push(['after']);
  const health = await fetch(`${broker.adminUrl}/health/ready`);
  expect(health.status).toBe(503);
  expect(await health.text()).toContain('offline');

  // What was refused was not touched: with the bytes brought back, all of it is there.
  await broker.kill();
  for (const { segment } of untouched) await writeFile(segment.path, segment.bytes);
  broker = await start();
  expect((await fetch(`${broker.adminUrl}/health/ready`)).status).toBe(200);
  for (const [name, batches] of written) {
    const [topic = '', partition] = name.split('/');
    const { records } = await readPartition(port, topic, Number(partition));
    expect(valuesOf(records), `STREAMBUS_TEST_SEED=${seed} ${name}`).toEqual(batches.flat());
  }
  console.info(`${patients.length} damaged partitions: ${JSON.stringify(outcomes)}`);
}, 120_000);

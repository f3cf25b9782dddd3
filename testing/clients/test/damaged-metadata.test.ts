import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrokerProcess, makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DamageKind, damages } from '../src/damage.ts';
import { createSeededRandom, seedOfThisRun } from '../src/seeded-random.ts';
import { createTopic, encodeSequenced, produce, readPartition } from '../src/wire-calls.ts';
import { withWireConnection } from '../src/wire-connection.ts';

const seed = seedOfThisRun();
const random = createSeededRandom(seed);
const casesPerKind = 4;
const topics = ['first', 'second', 'third'];

let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
/** The data of a broker that was killed. */
let template = '';
/** Where the log of the metadata ended before the last topic was created. */
let settledBytes = 0;
let copies = 0;

const start = (dataDir: string): Promise<BrokerProcess> =>
  startBrokerProcess({ dataDir, settings: ['offsets.topic.num.partitions=1'] });

async function metadataLog(dataDir: string): Promise<string> {
  const log = join(dataDir, 'raft', 'log');
  const name = (await readdir(log))
    .filter((file) => file.endsWith('.log'))
    .toSorted()
    .at(-1);
  return join(log, name ?? 'none');
}

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  template = join(folder.path, 'template');
  await using broker = await start(template);
  for (const topic of topics) {
    await createTopic(broker.port, topic, 1);
    await withWireConnection(broker.port, (connection) =>
      produce(connection, topic, 0, encodeSequenced(-1, -1, [`in ${topic}`])),
    );
  }
  settledBytes = (await stat(await metadataLog(template))).size;
  await createTopic(broker.port, 'last', 1);
  await broker.kill();
}, 60_000);

afterAll(() => folder[Symbol.asyncDispose]());

/** A copy of the data whose metadata log is damaged, within its last record or within what comes before that. */
async function damagedCopy(
  kind: DamageKind,
  place: 'last record' | 'before',
): Promise<{ dataDir: string; log: string }> {
  const dataDir = join(folder.path, `copy-${copies++}`);
  await cp(template, dataDir, { recursive: true, filter: (path) => !path.endsWith('lock') });
  const log = await metadataLog(dataDir);
  const bytes = await readFile(log);
  const settled = bytes.subarray(0, settledBytes);
  const last = bytes.subarray(settledBytes);
  const damaged = place === 'before' ? [damages[kind](settled, random), last] : [settled, damages[kind](last, random)];
  await writeFile(log, Buffer.concat(damaged));
  return { dataDir, log };
}

describe(`the log of the metadata, of a killed broker (STREAMBUS_TEST_SEED=${seed})`, () => {
  it.each(['cut', 'zeros', 'garbage', 'zeroed'] as const)(
    'its end is repaired: %s',
    async (kind) => {
      for (let count = 0; count < casesPerKind; count++) {
        const { dataDir } = await damagedCopy(kind, 'last record');
        await using broker = await start(dataDir);
        for (const topic of topics) {
          const { records } = await readPartition(broker.port, topic, 0);
          expect(records).toEqual([{ offset: 0, value: `in ${topic}` }]);
        }
        const isLastKept = kind === 'zeros' || kind === 'garbage';
        if (isLastKept) expect((await readPartition(broker.port, 'last', 0)).records).toEqual([]);
        // What was cut was as if it never happened: it can be done again.
        else await createTopic(broker.port, 'last', 1);
        await createTopic(broker.port, 'another', 1);
      }
    },
    60_000,
  );

  it('a flipped bit before the end: the broker refuses to start, with file and byte, and changes nothing', async () => {
    for (let count = 0; count < casesPerKind; count++) {
      const { dataDir, log } = await damagedCopy('flipped', 'before');
      const before = await readFile(log);
      await expect(start(dataDir)).rejects.toThrow(`${log} is damaged at byte`);
      expect((await readFile(log)).equals(before)).toBe(true);
    }
  }, 60_000);
});

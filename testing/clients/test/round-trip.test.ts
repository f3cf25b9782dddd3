import {
  type BrokerProcess,
  makeTemporaryFolder,
  startBrokerProcess,
  type TemporaryFolder,
} from '@streambus-testing/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  type Codec,
  codecs,
  hasKcat,
  kafkajsClient,
  kcatClient,
  makeRecords,
  platformaticClient,
  type TestRecord,
} from '../src/index.ts';

const recordCount = 20_000;
const clients: readonly Client[] = [kafkajsClient, platformaticClient, ...(hasKcat ? [kcatClient] : [])];

let folder: TemporaryFolder;
let broker: BrokerProcess;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  broker = await startBrokerProcess({ command: 'dev', dataDir: `${folder.path}/data` });
});

afterAll(async () => {
  await broker?.kill();
  await folder?.[Symbol.asyncDispose]();
});

/** A record as this writer could write it: kcat has one header for all, no timestamps, and writes an empty value as none. */
function asWritten(writer: Client, record: TestRecord): TestRecord {
  if (writer.setsTimestamps) return record;
  return { ...record, headers: [['writer', 'kcat']], timestamp: 0 };
}

function withoutTimestamp(record: TestRecord): TestRecord {
  return { ...record, timestamp: 0 };
}

describe.each([...codecs])('records compressed by %s', (codec: Codec) => {
  describe.each(clients.filter((client) => client.codecs.includes(codec)))('written by $name', (writer) => {
    const topic = `round-trip-${codec}-${writer.name.replace(/\W/g, '')}`;
    const records = makeRecords(recordCount, codecs.indexOf(codec) * 10 + clients.indexOf(writer));
    const expected = records.map((record) => asWritten(writer, record));

    beforeAll(async () => {
      await writer.write(broker.bootstrap, topic, codec, records);
    }, 120_000);

    it.each(clients.filter((client) => client.codecs.includes(codec)))(
      'are read back equal and in order by $name',
      async (reader) => {
        const found = await reader.read(broker.bootstrap, topic, recordCount);
        const comparable = writer.setsTimestamps ? found : found.map(withoutTimestamp);
        expect(found).toHaveLength(recordCount);
        // One comparison for all says little when it fails; the first difference says it.
        const different = comparable.findIndex((record, at) => JSON.stringify(record) !== JSON.stringify(expected[at]));
        expect(comparable[different]).toEqual(expected[different]);
      },
      120_000,
    );
  });
});

it.skipIf(!hasKcat)('kcat takes part (skipped where it is not installed; on Debian: apt-get install kcat)', () => {
  expect(clients).toContain(kcatClient);
});

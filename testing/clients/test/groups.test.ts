import { makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { runScript, type ScriptProcess } from '../src/index.ts';

const partitionCount = 6;
const member = new URL('../src/group-member.ts', import.meta.url);

/** The partitions that a member was given last. */
function assignment(process: ScriptProcess): number[] {
  const line = process.lines.findLast((text) => text.startsWith('assigned '));
  return (line?.slice('assigned '.length) ?? '')
    .split(',')
    .filter((text) => text !== '')
    .map(Number);
}

function handled(process: ScriptProcess): { partition: number; offset: number; value: string }[] {
  return process.lines.flatMap((line) => {
    const [kind, partition, offset, value = ''] = line.split(' ');
    return kind === 'handled' ? [{ partition: Number(partition), offset: Number(offset), value }] : [];
  });
}

async function untilShared(members: readonly ScriptProcess[]): Promise<void> {
  const each = partitionCount / members.length;
  for (;;) {
    await Promise.all(members.map((one) => one.until(`${each} partitions`, () => assignment(one).length === each)));
    const all = members.flatMap(assignment).toSorted((one, other) => one - other);
    if (all.join() === Array.from({ length: partitionCount }, (_, index) => index).join()) return;
    // Somebody's line was from the generation before.
    const counts = members.map(({ lines }) => lines.length);
    await Promise.race(
      members.map((one, index) => one.until('another line', (lines) => lines.length > (counts[index] ?? 0))),
    );
  }
}

it('two consumers share six partitions, a third joins, one is killed: every record is handled, and a later member goes on from the committed offsets', async () => {
  await using folder = await makeTemporaryFolder();
  await using broker = await startBrokerProcess({
    command: 'dev',
    dataDir: `${folder.path}/data`,
    settings: ['group.min.session.timeout.ms=1000'],
  });
  const kafka = new kafkajs.Kafka({
    clientId: 'writer',
    brokers: [broker.bootstrap],
    logLevel: kafkajs.logLevel.ERROR,
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'work', numPartitions: partitionCount }] });

  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  let sent = 0;
  const send = async (count: number): Promise<void> => {
    const messages = Array.from({ length: count }, (_, index) => ({
      partition: (sent + index) % partitionCount,
      value: `record-${sent + index}`,
    }));
    await producer.send({ topic: 'work', messages });
    sent += count;
  };

  const start = (): ScriptProcess => runScript(member, [broker.bootstrap, 'work', 'workers', '2000']);
  await using first = start();
  await using second = start();
  await untilShared([first, second]);
  await send(600);

  await using third = start();
  for (let round = 0; round < 5; round++) await send(120);
  await untilShared([first, second, third]);
  await send(600);

  await first.kill('SIGKILL');
  for (let round = 0; round < 5; round++) await send(120);
  await untilShared([second, third]);
  await send(600);

  const isAllHandled = (): boolean =>
    new Set([first, second, third].flatMap((one) => handled(one).map(({ value }) => value))).size === sent;
  while (!isAllHandled()) {
    const counts = [second, third].map(({ lines }) => lines.length);
    await Promise.race(
      [second, third].map((one, index) => one.until('another line', (lines) => lines.length > (counts[index] ?? 0))),
    );
  }
  for (let partition = 0; partition < partitionCount; partition++) {
    const records = [first, second, third].flatMap(handled).filter((record) => record.partition === partition);
    const offsets = [...new Set(records.map(({ offset }) => offset))].toSorted((one, other) => one - other);
    expect(offsets).toEqual(Array.from({ length: sent / partitionCount }, (_, index) => index));
    // Each member by itself sees offsets grow, but where a partition came back to it.
    for (const { offset, value } of records) expect(value).toBe(`record-${offset * partitionCount + partition}`);
  }

  for (const one of [second, third]) expect(await one.kill('SIGTERM')).toBe(0);
  const committed = await admin.fetchOffsets({ groupId: 'workers', topics: ['work'] });
  expect(committed[0]?.partitions.map(({ offset }) => Number(offset))).toEqual(
    Array.from({ length: partitionCount }, () => sent / partitionCount),
  );

  const before = sent;
  await send(60);
  await using later = start();
  await later.until('the new records', (lines) => lines.filter((line) => line.startsWith('handled')).length >= 60);
  expect(
    handled(later)
      .map(({ value }) => value)
      .toSorted(),
  ).toEqual(Array.from({ length: 60 }, (_, index) => `record-${before + index}`).toSorted());
  await later.kill('SIGTERM');
  await producer.disconnect();
  await admin.disconnect();
}, 120_000);

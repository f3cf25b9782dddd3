import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type BrokerProcess,
  makeTemporaryFolder,
  startBrokerProcess,
  type TemporaryFolder,
} from '@streambus-testing/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasKcat, kcat, runScript } from '../src/index.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

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

/** A block of code from the README of a client, with its example's address replaced by the broker's and nothing else. */
async function readmeExample(client: string, heading: string, address: RegExp): Promise<string> {
  const readme = await readFile(`${packageFolder}/node_modules/${client}/README.md`, 'utf8');
  const code = /```\w+\n([\s\S]*?)```/.exec(readme.slice(readme.indexOf(heading)))?.[1];
  if (code === undefined) throw new Error(`the README of ${client} has no example under ${heading}`);
  expect(code).toMatch(address);
  return code.replace(address, `['${broker.bootstrap}']`);
}

/** Writes code where it finds the client as its own users do. */
async function scriptOf(
  code: string,
  extension: string,
): Promise<{ readonly url: URL; [Symbol.asyncDispose](): Promise<void> }> {
  const place = await mkdtemp(`${packageFolder}/test/example-`);
  await writeFile(`${place}/example.${extension}`, code);
  return {
    url: new URL(`file://${place}/example.${extension}`),
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

describe("kafkajs's README example", () => {
  it('produces and consumes as it stands there', async () => {
    const code = await readmeExample('kafkajs', '</a> Usage', /\['kafka1:9092', 'kafka2:9092'\]/);
    await using script = await scriptOf(code, 'cjs');
    await using running = runScript(script.url, []);
    await running.until('the record', (lines) => lines.some((line) => line.includes('Hello KafkaJS user!')));
    expect(running.lines.join('\n')).toMatch(/partition: 0, offset: '0'|partition: 0,\n\s*offset: '0'/);
  }, 60_000);
});

describe("@platformatic/kafka's README examples", () => {
  it('create a topic, produce to it, and consume it as a stream', async () => {
    const address = /\['localhost:9092'\]/;
    // The topic of the producer's example has to exist, and the consumer's example is one of three ways to read.
    const create = `import { Admin as Creator } from '@platformatic/kafka'
const creator = new Creator({ clientId: 'c', bootstrapBrokers: ['${broker.bootstrap}'] })
await creator.createTopics({ topics: ['events', 'my-topic'], partitions: 1, replicas: 1 })
await creator.close()
`;
    await using producing = await scriptOf(
      `${create}${await readmeExample('@platformatic/kafka', '### Producer', address)}`,
      'mjs',
    );
    await using producer = runScript(producing.url, []);
    expect([await producer.ended, producer.stderr]).toEqual([0, '']);

    const consume = (await readmeExample('@platformatic/kafka', '### Consumer', address))
      .replace("import { forEach } from 'hwp'\n", '')
      .replace("topics: ['my-topic']", "topics: ['events'], mode: 'earliest'");
    const untilOption2 = consume.slice(0, consume.indexOf('// Option 2'));
    await using consuming = await scriptOf(untilOption2, 'mjs');
    await using consumer = runScript(consuming.url, []);
    await consumer.until('the record', (lines) =>
      lines.some((line) => line.startsWith('Received: user-123 -> {"name":"John"')),
    );
  }, 60_000);
});

describe.skipIf(!hasKcat)('kcat (skipped where it is not installed: apt-get install kcat)', () => {
  it('lists brokers and topics, produces, consumes from the beginning, and in a group', async () => {
    const address = ['-b', broker.bootstrap];
    await kcat([...address, '-P', '-t', 'letters', '-K', ':'], 'a:alpha\nb:beta\nc:gamma\n');
    const listed = (await kcat([...address, '-L'])).toString();
    expect(listed).toContain(`broker 1 at ${broker.bootstrap}`);
    expect(listed).toContain('topic "letters" with 1 partitions');
    const consumed = await kcat([...address, '-C', '-t', 'letters', '-o', 'beginning', '-e', '-q', '-f', '%k=%s@%o ']);
    expect(consumed.toString()).toBe('a=alpha@0 b=beta@1 c=gamma@2 ');

    const inGroup = ['-G', 'readers', '-X', 'auto.offset.reset=earliest', '-e', '-q', '-f', '%s ', 'letters'];
    expect((await kcat([...address, ...inGroup])).toString()).toBe('alpha beta gamma ');
    await kcat([...address, '-P', '-t', 'letters'], 'delta\n');
    expect((await kcat([...address, ...inGroup])).toString()).toBe('delta ');
  }, 60_000);
});

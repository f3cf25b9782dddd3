import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { apis } from '@streambus/kafka';
import { createRecordingLogger } from '@streambus/runtime/testing';
import { startBroker } from 'streambus';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { connectClient } from './protocol-client.ts';
import { createTopic, errorName, fetchFrom, produce, produceValues, valuesFrom } from './test-broker.ts';

// Each test starts brokers on real files, some of them in processes of their own: a busy machine takes its time.
vi.setConfig({ testTimeout: 40_000 });

const root = mkdtempSync(join(tmpdir(), 'streambus-life-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the probe in a process of its own, which has to end by itself; resolves with what it says. */
async function probe(...args: string[]): Promise<Record<string, unknown>> {
  const script = fileURLToPath(new URL('life-probe.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@streambus/source', script, ...args], {
    timeout: 30_000,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('closing', () => {
  it('leaves no socket, timer or file, so that the process ends', async () => {
    expect(await probe('close', join(root, 'left'))).toEqual({ resources: [], files: [] });
  });

  it('answers what was begun', async () => {
    const broker = await startBroker({ storage: 'temp' });
    const folder = broker.dataDir ?? '';
    const [producer, reader] = [await connectClient(broker.bootstrap), await connectClient(broker.bootstrap)];
    await createTopic(producer, 'log');
    const poll = fetchFrom(reader, { topic: 'log', offset: 1000, maxWaitMs: 600_000, minBytes: 1 << 20 });
    poll.catch(() => {});
    const waiting = fetchFrom(reader, { topic: 'log', offset: 0, maxWaitMs: 600_000, minBytes: 1 << 20 });
    expect(errorName((await poll).errorCode)).toBe('OFFSET_OUT_OF_RANGE');
    const produced = Array.from({ length: 20 }, (_, index) =>
      produce(producer, { topic: 'log' }, [{ value: `${index}` }]),
    );
    await produced[0];
    await broker.close();
    expect((await waiting).errorCode).toBe(0);
    for (const { status } of await Promise.allSettled(produced)) expect(status).toBe('fulfilled');
    await Promise.all([producer.ended, reader.ended]);
    expect(existsSync(folder)).toBe(false);
    await broker.close();
    await expect(connectClient(broker.bootstrap)).rejects.toThrow('ECONNREFUSED');
  });

  it('several brokers at once know nothing of each other', async () => {
    const brokers = await Promise.all(
      Array.from({ length: 4 }, (_, index) => startBroker(index < 3 ? {} : { storage: 'temp' })),
    );
    expect(new Set(brokers.map(({ bootstrap }) => bootstrap)).size).toBe(4);
    const clients = await Promise.all(brokers.map(({ bootstrap }) => connectClient(bootstrap)));
    await Promise.all(clients.map((client, index) => createTopic(client, 'same', index + 1)));
    await Promise.all(clients.map((client, index) => produceValues(client, 'same', [`of ${index}`])));
    await brokers[0]?.close();
    for (const [index, client] of [...clients.entries()].slice(1))
      expect(await valuesFrom(client, 'same')).toEqual([`of ${index}`]);
    await Promise.all(brokers.map((broker) => broker.close()));
    await Promise.all(clients.map(({ ended }) => ended));
  });
});

describe('a folder', () => {
  it('belongs to one broker at a time; the second is told who is in the way', async () => {
    const dir = join(root, 'locked');
    await using broker = await startBroker({ storage: { dir } });
    await expect(startBroker({ storage: { dir } })).rejects.toMatchObject({
      code: 'DISK_LOCKED',
      message: expect.stringContaining(dir),
    });
    const other = await probe('start', dir);
    expect(other).toMatchObject({ code: 'DISK_LOCKED', message: expect.stringContaining(dir) });
    await using client = await connectClient(broker.bootstrap);
    await createTopic(client, 'unharmed');
    expect(await produceValues(client, 'unharmed', ['x'])).toBe(0);
    await broker.close();
    await using next = await startBroker({ storage: { dir } });
    await using nextClient = await connectClient(next.bootstrap);
    expect(await valuesFrom(nextClient, 'unharmed')).toEqual(['x']);
  });

  /** The segment file of a topic's only partition. */
  function segmentOf(dir: string, topic: string): string {
    const files = readdirSync(join(dir, 'topics', topic), { recursive: true, encoding: 'utf8' });
    const found = files.find((file) => file.endsWith('.log'));
    return join(dir, 'topics', topic, found ?? 'none');
  }

  async function filled(name: string): Promise<string> {
    const dir = join(root, name);
    await using broker = await startBroker({ storage: { dir } });
    await using client = await connectClient(broker.bootstrap);
    for (const topic of ['whole', 'damaged']) {
      await createTopic(client, topic);
      for (let batch = 0; batch < 10; batch++) await produceValues(client, topic, ['x'.repeat(1000)]);
    }
    return dir;
  }

  it('with a log that lost its durable middle: that partition is offline and says why, all others work', async () => {
    const dir = await filled('short');
    const file = segmentOf(dir, 'damaged');
    truncateSync(file, 5000);
    const before = readFileSync(file);
    const logger = createRecordingLogger();
    await using broker = await startBroker({ storage: { dir }, adminPort: 0, logger });
    await using client = await connectClient(broker.bootstrap);
    expect(errorName((await produce(client, { topic: 'damaged' }, [{ value: 'x' }])).errorCode)).toBe(
      'KAFKA_STORAGE_ERROR',
    );
    expect(errorName((await fetchFrom(client, { topic: 'damaged', offset: 0 })).errorCode)).toBe('KAFKA_STORAGE_ERROR');
    const partitions = [{ partitionIndex: 0, timestamp: -1 }];
    const listed = await client.call(apis.listOffsets, 5, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 'damaged', partitions }],
    });
    expect(errorName(listed.topics[0]?.partitions[0]?.errorCode ?? -1)).toBe('KAFKA_STORAGE_ERROR');
    const said = JSON.stringify(logger.lines, (_, value: unknown) => (value instanceof Error ? value.message : value));
    expect(said).toContain(file.slice(file.lastIndexOf('/') + 1));
    expect(said).toMatch(/(byte|position)\D*\d+/);
    const { port } = broker.adminAddress ?? { port: 0 };
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('damaged-0');
    expect(await valuesFrom(client, 'whole')).toHaveLength(10);
    expect(await produceValues(client, 'whole', ['more'])).toBe(10);
    // What is left of it is for its owner to judge.
    expect(readFileSync(file).equals(before)).toBe(true);
    const { responses } = await client.call(apis.deleteTopics, 4, {
      topics: [],
      topicNames: ['damaged'],
      timeoutMs: 5000,
    });
    expect(responses).toMatchObject([{ errorCode: 0 }]);
    await expect.poll(() => existsSync(dirname(file))).toBe(false);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });

  it('with a rotten byte in a stored batch: that batch is not given out, what lies beside it is', async () => {
    const dir = await filled('rotten');
    const file = segmentOf(dir, 'damaged');
    const bytes = readFileSync(file);
    bytes[5500] = (bytes[5500] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const logger = createRecordingLogger();
    await using broker = await startBroker({ storage: { dir }, logger });
    await using client = await connectClient(broker.bootstrap);
    const found = await fetchFrom(client, { topic: 'damaged', offset: 5 });
    expect(errorName(found.errorCode)).toBe('KAFKA_STORAGE_ERROR');
    expect(found.records).toHaveLength(0);
    expect((await fetchFrom(client, { topic: 'damaged', offset: 0, partitionMaxBytes: 2000 })).errorCode).toBe(0);
    expect((await fetchFrom(client, { topic: 'damaged', offset: 8 })).errorCode).toBe(0);
    expect(await valuesFrom(client, 'whole')).toHaveLength(10);
    const said = JSON.stringify(logger.lines, (_, value: unknown) => (value instanceof Error ? value.message : value));
    expect(said).toContain(file.slice(file.lastIndexOf('/') + 1));
  });
});

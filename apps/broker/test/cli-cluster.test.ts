import { join } from 'node:path';
import { apis } from '@streambus/kafka';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { connectClient } from './api/protocol-client.ts';
import { buildBinary, makeFolder, runCli, startCli } from './cli-process.ts';

/** A loopback address that no other process's test has, so that a row of ports is free. */
const host = `127.${4 + ((process.pid >>> 8) % 250)}.${process.pid & 0xff}.1`;

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
beforeAll(buildBinary);

describe('dev --brokers 3', () => {
  it('runs three brokers with one log, whose lines say whose they are, and ends them all on SIGINT', async () => {
    using folder = makeFolder();
    const data = join(folder.path, 'data');
    await using cli = startCli([
      ...['dev', '--brokers', '3', '--data-dir', data],
      ...['--kafka-listen', `${host}:9092`, '--admin-listen', 'none'],
    ]);
    const [, bootstrap = ''] = await cli.line(/^streambus ready kafka=(\S+) data=\S+ brokers=3 in \d+ ms\n/);
    expect(bootstrap).toBe(`${host}:9092,${host}:9093,${host}:9094`);
    for (const address of bootstrap.split(',')) {
      await using client = await connectClient(address);
      const { brokers } = await client.call(apis.metadata, 9, { topics: [] });
      expect(brokers.map(({ nodeId, port }) => [nodeId, port])).toEqual([
        [1, 9092],
        [2, 9093],
        [3, 9094],
      ]);
    }
    cli.process.kill('SIGINT');
    const { code, stderr, stdout } = await cli.ended;
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
    for (const id of [1, 2, 3]) expect(stderr).toContain(`broker-${id} | ended with 0\n`);
  });

  it('refuses what it cannot do, in one line', async () => {
    const { code, stderr } = await runCli(['dev', '--brokers', '10']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('an integer from 1 to 9')]);
    const memory = await runCli(['dev', '--brokers', '3', '--storage', 'memory']);
    expect([memory.code, memory.stderr]).toEqual([2, 'streambus: --brokers needs storage=disk\n']);
  });
});

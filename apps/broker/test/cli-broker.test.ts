import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildBinary, type Cli, makeFolder, runCli, startCli } from './cli-process.ts';

const ready = /^streambus ready kafka=(\S+) admin=(\S+) data=(.+) in (\d+) ms\n/;

/** What every broker of a test needs: free ports, and a folder or memory. */
const onFreePorts = ['--kafka-listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];

interface Broker {
  readonly cli: Cli;
  readonly bootstrap: string;
  readonly admin: string;
  readonly data: string;
}

async function startBroker(command: 'start' | 'dev', ...args: readonly string[]): Promise<Broker> {
  const cli = startCli([command, ...onFreePorts, ...args]);
  const [, bootstrap = '', admin = '', data = ''] = await cli.line(ready);
  return { cli, bootstrap, admin, data };
}

// Each test runs several processes; on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
beforeAll(buildBinary);

describe('start', () => {
  it('prints one line when clients can produce, nothing more on stdout, and ends in order on SIGTERM', async () => {
    using folder = makeFolder();
    const data = join(folder.path, 'data');
    const { cli, bootstrap, admin } = await startBroker('start', '--data-dir', data);
    await using _ = cli;
    expect(bootstrap).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect(cli.stdout()).toMatch(ready);
    expect(existsSync(data)).toBe(true);
    const health = await fetch(`http://${admin}/health/ready`);
    expect([health.status, await health.json()]).toMatchObject([200, { status: 'ready' }]);
    cli.process.kill('SIGTERM');
    const { code, stdout } = await cli.ended;
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
  });

  it('writes JSON lines to stderr, the stop among them', async () => {
    const { cli } = await startBroker('start', '--storage', 'memory');
    await using _ = cli;
    cli.process.kill('SIGINT');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(0);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ level: 'info', signal: 'SIGINT', msg: 'stopping' }));
  });

  it('a folder in use is one clear line and exit code 1', async () => {
    using folder = makeFolder();
    const first = await startBroker('start', '--data-dir', folder.path);
    await using _ = first.cli;
    const { code, stdout, stderr } = await runCli(['start', ...onFreePorts, '--data-dir', folder.path]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^streambus: the broker cannot start: .+\n$/);
    expect(stderr).toContain(folder.path);
  });

  it('a port in use is one clear line and exit code 1', async () => {
    const first = await startBroker('start', '--storage', 'memory');
    await using _ = first.cli;
    const { code, stderr } = await runCli([
      'start',
      '--storage',
      'memory',
      '--kafka-listen',
      first.bootstrap,
      '--admin-listen',
      'none',
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^streambus: the broker cannot start: .+\n$/);
    expect(stderr).toContain(first.bootstrap);
  });

  it('starts again on its folder after kill -9, with what was acknowledged and without topics on first use', async () => {
    using folder = makeFolder();
    const first = await startBroker('start', '--data-dir', folder.path, '--auto-create-topics-enable');
    await runCli(['produce', 'orders', '--bootstrap', first.bootstrap], { input: 'one\ntwo\n' });
    first.cli.process.kill('SIGKILL');
    await first.cli.ended;
    const second = await startBroker('start', '--data-dir', folder.path);
    await using _ = second.cli;
    const { stdout } = await runCli([
      'consume',
      'orders',
      '--bootstrap',
      second.bootstrap,
      '--from-beginning',
      '--exit-on-end',
    ]);
    expect(stdout).toBe('one\ntwo\n');
    const refused = await runCli(['produce', 'nowhere', '--bootstrap', second.bootstrap], { input: 'x\n' });
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/^streambus: cannot produce to nowhere: UNKNOWN_TOPIC_OR_PARTITION: .*topics create.*\n$/),
    ]);
  });
});

describe('dev', () => {
  it('creates topics on first use and writes lines for people', async () => {
    const { cli, bootstrap, admin, data } = await startBroker('dev', '--storage', 'memory', '--admin-listen', 'none');
    await using _ = cli;
    expect([admin, data]).toEqual(['none', 'memory']);
    expect(await runCli(['produce', 'fresh', '--bootstrap', bootstrap], { input: 'x\n' })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    cli.process.kill('SIGTERM');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/INFO.*: stopping/);
  });
});

describe('against a broker', () => {
  let broker: Broker;
  const run = (args: readonly string[], input: string | Buffer = '') =>
    runCli(args, { input, environment: { STREAMBUS_BOOTSTRAP: broker.bootstrap } });

  beforeAll(async () => {
    broker = await startBroker('dev', '--storage', 'memory');
  });
  afterAll(() => broker.cli[Symbol.asyncDispose]());

  describe('topics', () => {
    it('are created, listed, described and deleted', async () => {
      const created = await run([
        'topics',
        'create',
        'b-topic',
        'a-topic',
        '--partitions',
        '3',
        '--config',
        'retention.ms=3600000',
      ]);
      expect(created).toEqual({ code: 0, stdout: 'created b-topic\ncreated a-topic\n', stderr: '' });

      expect((await run(['topics', 'list'])).stdout).toMatch(
        /^TOPIC +PARTITIONS +REPLICAS\na-topic +3 +1\nb-topic +3 +1\n/,
      );

      const [description] = JSON.parse((await run(['topics', 'describe', 'a-topic', '--json'])).stdout);
      expect(description).toMatchObject({
        topic: 'a-topic',
        topicId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        configs: { 'retention.ms': '3600000' },
      });
      expect(description.partitions).toEqual(
        [0, 1, 2].map((partition) => ({
          partition,
          leader: 1,
          replicas: [1],
          inSyncReplicas: [1],
          startOffset: 0,
          endOffset: 0,
        })),
      );
      expect((await run(['topics', 'describe', 'a-topic'])).stdout).toMatch(/^0 +1 +1 +1 +0 +0$/m);

      expect((await run(['topics', 'delete', 'a-topic', 'b-topic'])).stdout).toBe('deleted a-topic\ndeleted b-topic\n');
      const names = JSON.parse((await run(['topics', 'list', '--json'])).stdout).map(
        ({ topic }: { readonly topic: string }) => topic,
      );
      expect(names).not.toContain('a-topic');
    });

    it('that are there or are not there: one line, or accepted when asked', async () => {
      await run(['topics', 'create', 'twice']);
      const again = await run(['topics', 'create', 'twice']);
      expect([again.code, again.stderr]).toEqual([
        1,
        'streambus: cannot create twice: TOPIC_ALREADY_EXISTS: there is a topic of that name; --if-not-exists accepts that\n',
      ]);
      expect(await run(['topics', 'create', 'twice', '--if-not-exists'])).toEqual({
        code: 0,
        stdout: 'kept twice\n',
        stderr: '',
      });
      const missing = await run(['topics', 'delete', 'never']);
      expect([missing.code, missing.stderr]).toEqual([
        1,
        expect.stringMatching(/^streambus: cannot delete never: UNKNOWN_TOPIC_OR_PARTITION: .*\n$/),
      ]);
      expect((await run(['topics', 'delete', 'never', '--if-exists'])).stdout).toBe('there was no never\n');
    });

    it('with a configuration that is none are refused in one line', async () => {
      const { code, stderr } = await run(['topics', 'create', 'bad', '--config', 'retention.ms=soon']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^streambus: cannot create bad: INVALID_CONFIG: .*\n$/);
    });
  });

  describe('produce and consume', () => {
    it('lines come back as they were, byte for byte and in order', async () => {
      const lines = Buffer.concat([
        Buffer.from('plain\n\n  spaces  \r\nüñïçødé\n'),
        Buffer.from([0xff, 0x00, 0xfe, 0x0a]),
        Buffer.from(`${'long '.repeat(20_000)}\n`),
        Buffer.from('no end'),
      ]);
      const sent = await run(['produce', 'lines', '--json'], lines);
      expect([sent.code, sent.stderr]).toEqual([0, '']);
      expect(JSON.parse(sent.stdout)).toMatchObject({ topic: 'lines', records: 7 });
      const read = await runCli(
        ['consume', 'lines', '--bootstrap', broker.bootstrap, '--from-beginning', '--exit-on-end'],
        {
          encoding: 'latin1',
        },
      );
      expect([read.code, read.stderr]).toEqual([0, '']);
      expect(read.stdout === `${lines.toString('latin1')}\n`).toBe(true);
    });

    it.each(['none', 'gzip', 'zstd'])('10,000 lines, compression %s', async (compression) => {
      const topic = `many-${compression}`;
      const lines = Array.from({ length: 10_000 }, (_, index) => `${index} ${'x'.repeat(index % 300)}\n`).join('');
      expect((await run(['produce', topic, '--compression', compression], lines)).code).toBe(0);
      const { code, stdout } = await run(['consume', topic, '--from-beginning', '--exit-on-end']);
      expect([code, stdout === lines]).toEqual([0, true]);
    });

    it('keys, headers, partition, offset and timestamp show with --json', async () => {
      await run(['topics', 'create', 'whole', '--partitions', '2']);
      const before = Date.now();
      await run(
        ['produce', 'whole', '--key-separator', ':', '--header', 'trace=a=b', '--partition', '1'],
        'k1:v1:w1\n:\n',
      );
      const { stdout } = await run(['consume', 'whole', '--from-beginning', '--exit-on-end', '--json']);
      const records = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(records).toEqual([
        {
          topic: 'whole',
          partition: 1,
          offset: 0,
          timestamp: expect.any(Number),
          key: 'k1',
          value: 'v1:w1',
          headers: [{ key: 'trace', value: 'a=b' }],
        },
        expect.objectContaining({ offset: 1, key: '', value: '' }),
      ]);
      expect(records[0].timestamp).toBeGreaterThanOrEqual(before);
      expect(records[0].timestamp).toBeLessThanOrEqual(Date.now());
    });

    it('a line without the key separator ends it, saying which', async () => {
      const { code, stderr } = await run(['produce', 'keyed', '--key-separator', '\t'], 'a\tb\nc d\n');
      expect([code, stderr]).toEqual([1, 'streambus: line 2 has no key separator "\\t" (records sent before: 1)\n']);
      expect((await run(['consume', 'keyed', '--from-beginning', '--exit-on-end'])).stdout).toBe('b\n');
    });

    it('acks 0 and 1 are taken', async () => {
      expect((await run(['produce', 'acks', '--acks', '1'], 'one\n')).code).toBe(0);
      expect((await run(['produce', 'acks', '--acks', '0'], 'zero\n')).code).toBe(0);
      const { stdout } = await run(['consume', 'acks', '--from-beginning', '--max-messages', '2']);
      expect(stdout).toBe('one\nzero\n');
    });

    it('ends after --max-messages', async () => {
      await run(['produce', 'some'], 'a\nb\nc\n');
      expect((await run(['consume', 'some', '--from-beginning', '--max-messages', '2'])).stdout).toBe('a\nb\n');
    });

    it('an empty topic ends at once with --exit-on-end', async () => {
      await run(['topics', 'create', 'empty']);
      expect(await run(['consume', 'empty', '--from-beginning', '--exit-on-end'])).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
    });

    it('a topic that is not there is one line that says what to do', async () => {
      for (const args of [
        ['consume', 'nowhere'],
        ['consume', 'nowhere', '--group', 'g'],
      ]) {
        const { code, stderr } = await run(args, 'x\n');
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/^streambus: cannot consume nowhere: UNKNOWN_TOPIC_OR_PARTITION: .*topics create.*\n$/),
        ]);
      }
    });

    it('without --from-beginning only what comes from now on, until a signal, with exit code 0', async () => {
      await run(['produce', 'live'], 'old\n');
      await using consumer = startCli(['consume', 'live', '--bootstrap', broker.bootstrap]);
      await using producer = startCli(['produce', 'live', '--bootstrap', broker.bootstrap]);
      // Nobody says when a consumer has found the end: lines are sent until one arrives.
      const arrived = consumer.line(/^new (\d+)\n/);
      let count = 0;
      const sending = setInterval(() => {
        count += 1;
        producer.process.stdin.write(`new ${count}\n`);
      }, 50);
      await arrived;
      clearInterval(sending);
      producer.process.stdin.end();
      expect((await producer.ended).code).toBe(0);
      await consumer.line(new RegExp(`^new ${count}\n`, 'm'));
      consumer.process.kill('SIGINT');
      const { code, stdout, stderr } = await consumer.ended;
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).not.toContain('old');
    });

    it('SIGTERM ends produce with what was read sent', async () => {
      // Which of the two processes comes first is not known.
      await run(['topics', 'create', 'cut']);
      await using producer = startCli(['produce', 'cut', '--bootstrap', broker.bootstrap]);
      producer.process.stdin.write('first\n');
      await using consumer = startCli(['consume', 'cut', '--bootstrap', broker.bootstrap, '--from-beginning']);
      await consumer.line(/^first\n/);
      producer.process.kill('SIGTERM');
      expect(await producer.ended).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    it('a reader of stdout that goes away ends consume', async () => {
      const lines = `${'y'.repeat(1000)}\n`.repeat(5000);
      await run(['produce', 'piped'], lines);
      await using consumer = startCli(['consume', 'piped', '--bootstrap', broker.bootstrap, '--from-beginning']);
      await once(consumer.process.stdout, 'data');
      consumer.process.stdout.destroy();
      await using producer = startCli(['produce', 'piped', '--bootstrap', broker.bootstrap], { input: lines });
      await once(consumer.process, 'exit');
      expect(consumer.process.exitCode).toBe(0);
      await producer.ended;
    });
  });

  describe('consume --group', () => {
    it('goes on behind what it has written', async () => {
      await run(['topics', 'create', 'grouped', '--partitions', '3']);
      await run(['produce', 'grouped'], '1\n2\n3\n4\n5\n6\n');
      const asGroup = ['consume', 'grouped', '--group', 'readers', '--from-beginning'];
      const first = await run([...asGroup, '--max-messages', '4']);
      const second = await run([...asGroup, '--exit-on-end']);
      expect([first.code, second.code]).toEqual([0, 0]);
      const sorted = (text: string): readonly string[] => text.trimEnd().split('\n').sort();
      expect(sorted(first.stdout)).toHaveLength(4);
      expect(sorted(first.stdout + second.stdout)).toEqual(['1', '2', '3', '4', '5', '6']);
      expect((await run([...asGroup, '--exit-on-end'])).stdout).toBe('');
    });

    it('without --from-beginning a new group begins at the end', async () => {
      await run(['produce', 'late'], 'before\n');
      expect((await run(['consume', 'late', '--group', 'late-readers', '--exit-on-end'])).stdout).toBe('');
    });

    it('ends on a signal, leaving the group', async () => {
      await run(['produce', 'left'], 'x\n');
      await using consumer = startCli([
        'consume',
        'left',
        '--bootstrap',
        broker.bootstrap,
        '--group',
        'leavers',
        '--from-beginning',
      ]);
      await consumer.line(/^x\n/);
      consumer.process.kill('SIGTERM');
      expect(await consumer.ended).toEqual({ code: 0, stdout: 'x\n', stderr: '' });
      const metrics = await (await fetch(`http://${broker.admin}/metrics`)).text();
      expect(metrics).toMatch(/^streambus_group_members\{group="leavers"\} 0$/m);
      expect(metrics).toMatch(/^streambus_group_lag_records\{group="leavers",topic="left",partition="0"\} 0$/m);
    });
  });

  describe('metrics', () => {
    it('show what the clients above did', async () => {
      const text = await (await fetch(`http://${broker.admin}/metrics`)).text();
      for (const pattern of [
        /^streambus_requests_total\{api="Produce",error="NONE"\} [1-9]\d*$/m,
        /^streambus_request_duration_seconds_count\{api="Fetch"\} [1-9]\d*$/m,
        /^streambus_produced_records_total\{topic="many-gzip"\} 10000$/m,
        /^streambus_fetched_bytes_total\{topic="many-gzip"\} [1-9]\d*$/m,
        /^streambus_connections_accepted_total [1-9]\d*$/m,
        /^streambus_partition_size_bytes\{topic="many-gzip",partition="0"\} [1-9]\d*$/m,
        /^streambus_partition_log_end_offset\{topic="many-gzip",partition="0"\} 10000$/m,
        /^streambus_raft_role\{role="leader"\} 1$/m,
        /^streambus_sync_duration_seconds_count \d+$/m,
      ]) {
        expect(text).toMatch(pattern);
      }
    });
  });
});

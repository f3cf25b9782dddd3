import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { buildBinary, makeFolder, runCli } from './cli-process.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
beforeAll(buildBinary);

const commands = [
  'start',
  'dev',
  'config',
  'topics',
  'topics create',
  'topics list',
  'topics describe',
  'topics delete',
  'produce',
  'consume',
];

describe('help', () => {
  it('names every command, and shows how to begin', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of commands.filter((each) => !each.includes(' ')))
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(stdout).toContain('Examples:');
  });

  it.each(commands)('of %s goes to stdout', async (command) => {
    const { code, stdout, stderr } = await runCli([...command.split(' '), '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: streambus ${command} \\[options\\]`));
    if (!command.startsWith('topics ')) expect(stdout).toContain('Examples:');
  });

  it('without a command goes to stderr, as a mistake', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: streambus');
  });

  it('of start has a flag for every key that config prints', async () => {
    const keys = Object.keys(JSON.parse((await runCli(['config', '--json'])).stdout));
    const { stdout } = await runCli(['start', '--help']);
    expect(keys.length).toBeGreaterThan(40);
    for (const key of keys) expect(stdout).toContain(`--${key.replaceAll('.', '-')} `);
  });
});

describe('--version', () => {
  it('prints it', async () => {
    expect(await runCli(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/),
      stderr: '',
    });
  });
});

describe('config', () => {
  it('takes flag over --set over environment over file over preset over default, and says so', async () => {
    using folder = makeFolder();
    const file = join(folder.path, 'broker.json');
    const five = ['node.id', 'num.partitions', 'group.max.size', 'max.connections', 'log.segment.bytes'] as const;
    const all = (value: number, keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, value]));
    writeFileSync(
      file,
      JSON.stringify(
        all(
          3_000_000,
          five.slice(0, 4).filter((key) => key !== 'num.partitions'),
        ),
      ),
    );
    const { code, stdout, stderr } = await runCli(
      [
        'config',
        '--dev',
        '--json',
        '--config',
        file,
        '--node-id',
        '6',
        '--set',
        'node.id=5',
        '--set',
        'num.partitions=5',
      ],
      { environment: { STREAMBUS_NODE_ID: '4', STREAMBUS_NUM_PARTITIONS: '4', STREAMBUS_GROUP_MAX_SIZE: '4' } },
    );
    expect([code, stderr]).toEqual([0, '']);
    const effective = JSON.parse(stdout);
    expect(five.map((key) => effective[key])).toEqual([
      { value: '6', source: 'flag', from: 'flag --node-id' },
      { value: '5', source: 'set', from: '--set num.partitions' },
      { value: '4', source: 'environment', from: 'environment STREAMBUS_GROUP_MAX_SIZE' },
      { value: '3000000', source: 'file', from: `file ${file}` },
      { value: '16777216', source: 'preset', from: 'preset dev' },
    ]);
    expect(effective['data.dir']).toEqual({ value: './streambus-data', source: 'default', from: 'default' });
  });

  it('prints a table for people', async () => {
    const { stdout } = await runCli(['config', '--kafka-listen', '[::1]:0']);
    expect(stdout).toMatch(/^KEY +VALUE +FROM$/m);
    expect(stdout).toMatch(/^kafka\.listen +\[::1\]:0 +flag --kafka-listen$/m);
  });

  it('takes the file from the environment too', async () => {
    using folder = makeFolder();
    const file = join(folder.path, 'broker.json');
    writeFileSync(file, '{"node.id": 9}');
    const { stdout } = await runCli(['config', '--json'], { environment: { STREAMBUS_CONFIG: file } });
    expect(JSON.parse(stdout)['node.id'].value).toBe('9');
  });

  it('takes a switch alone as true', async () => {
    const { stdout } = await runCli(['config', '--json', '--listen-insecure', '--delete-topic-enable', 'false']);
    const effective = JSON.parse(stdout);
    expect([effective['listen.insecure'].value, effective['delete.topic.enable'].value]).toEqual(['true', 'false']);
  });
});

describe('a mistake is one line that says what to do, and exit code 2', () => {
  it.each<[string, readonly string[], string]>([
    ['unknown command', ['strat'], "streambus: unknown command 'strat' (Did you mean start?)\n"],
    ['unknown flag', ['start', '--node-ld', '1'], "streambus: unknown option '--node-ld' (Did you mean --node-id?)\n"],
    [
      'unknown key',
      ['start', '--set', 'node.ld=1'],
      'streambus: node.ld (in --set) is no configuration key; did you mean node.id?\n',
    ],
    [
      'bad value',
      ['start', '--node-id', 'one'],
      'streambus: node.id is "one" (flag --node-id); allowed: an integer from 1 to 2147483647\n',
    ],
    [
      'values that conflict',
      ['dev', '--group-min-session-timeout-ms', '9', '--group-max-session-timeout-ms', '8'],
      'streambus: group.min.session.timeout.ms=9 is above group.max.session.timeout.ms=8; allowed: at most that\n',
    ],
    ['missing value', ['start', '--node-id'], "streambus: option '--node-id <N>' argument missing\n"],
    [
      'extra argument',
      ['config', 'all'],
      "streambus: too many arguments for 'config'. Expected 0 arguments but got 1: all.\n",
    ],
    ['missing topic', ['consume'], "streambus: missing required argument 'TOPIC'\n"],
    [
      'bad address',
      ['topics', 'list', '--bootstrap', 'here'],
      'streambus: --bootstrap "here" is no address; allowed: HOST:PORT, several divided by commas, such as 127.0.0.1:9092\n',
    ],
    [
      'bad choice',
      ['produce', 't', '--acks', '2'],
      "streambus: option '--acks <ACKS>' argument '2' is invalid. Allowed choices are 0, 1, all.\n",
    ],
    [
      'options that exclude each other',
      ['consume', 't', '--group', 'g', '--partition', '0'],
      'streambus: --group and --partition exclude each other: a group assigns partitions itself\n',
    ],
  ])('%s', async (_, args, stderr) => {
    expect(await runCli(args)).toEqual({ code: 2, stdout: '', stderr });
  });

  it('a file that is not there, or no JSON', async () => {
    using folder = makeFolder();
    const file = join(folder.path, 'broker.json');
    const missing = await runCli(['start', '--config', file]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/^streambus: the configuration file .*broker\.json cannot be read: .*\n$/);
    writeFileSync(file, '{"node.id": 1,}');
    const broken = await runCli(['start', '--config', file]);
    expect(broken.code).toBe(2);
    expect(broken.stderr).toMatch(
      /^streambus: the configuration file .* is no JSON .*allowed: one JSON object, such as .*\n$/,
    );
  });

  it('several mistakes are several lines', async () => {
    const { code, stderr } = await runCli(['start', '--node-id', '0', '--max-connections', '0']);
    expect([code, stderr.trimEnd().split('\n').length]).toEqual([2, 2]);
  });
});

describe('a broker that is not there', () => {
  it('is one line that says what to do, and exit code 1', async () => {
    // A port that was free a moment ago.
    const port = await freePort();
    const { code, stdout, stderr } = await runCli(['topics', 'list', '--bootstrap', `127.0.0.1:${port}`]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^streambus: cannot list topics: no Kafka broker answers at 127\.0\.0\.1:\d+ \(.*\); start one with "streambus dev", or name another with --bootstrap\n$/,
    );
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

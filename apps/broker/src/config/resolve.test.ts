import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigKey, keyOf, propertyOf } from './config-key.ts';
import { ConfigError } from './errors.ts';
import { assignmentsLayer, environmentLayer, fileLayer } from './layers.ts';
import { developerPreset } from './presets.ts';
import { type ConfigLayer, configSourceKinds, makeBrokerConfig, resolveConfig } from './resolve.ts';
import { configKeys, factsOfKey } from './schema.ts';

/** A value of each key that is allowed, is not the default, and goes with the defaults of the others. */
const otherValues: Readonly<Record<ConfigKey, string>> = {
  'node.id': '7',
  'cluster.id': 'orders_1-a',
  storage: 'memory',
  'data.dir': '/var/lib/stream bus',
  'shutdown.timeout.ms': '0',
  'kafka.listen': '[::1]:0',
  'kafka.advertise': 'broker-1.example:19092',
  'admin.listen': 'none',
  'listen.insecure': 'true',
  'peer.listen': '127.0.0.1:9093',
  peers: '1@127.0.0.1:9093,2@[::1]:9093,3@localhost:9094',
  'broker.session.timeout.ms': '100',
  'replica.lag.time.max.ms': '100',
  'max.connections': '5',
  'max.connections.per.ip': '5',
  'connections.max.idle.ms': '60000',
  'connection.max.inflight.requests': '1',
  'socket.request.max.bytes': '209715200',
  'memory.max.inflight.bytes': '104857600',
  'memory.max.buffered.bytes': '104857600',
  'fetch.max.bytes': '1048576',
  'auto.create.topics.enable': 'true',
  'delete.topic.enable': 'false',
  'num.partitions': '3',
  'default.replication.factor': '3',
  'min.insync.replicas': '1',
  'message.max.bytes': '1000',
  'compression.type': 'producer',
  'log.message.timestamp.type': 'LogAppendTime',
  'log.segment.bytes': '2147483647',
  'log.roll.ms': '1',
  'log.retention.ms': '-1',
  'log.retention.bytes': '0',
  'log.retention.check.interval.ms': '1',
  'log.index.interval.bytes': '1',
  'log.cleanup.policy': 'compact,delete',
  'flush.policy': 'os',
  'flush.interval.ms': '3600000',
  'tail.cache.bytes': '0',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1',
  'group.max.session.timeout.ms': '6000',
  'group.max.size': '1',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '2',
  'offsets.retention.minutes': '1',
  'offset.metadata.max.bytes': '0',
  'producer.id.expiration.ms': '1',
  'log.level': 'silent',
  'log.format': 'json',
};

const variableOfKey = (key: ConfigKey): string => `STREAMBUS_${key.replaceAll('.', '_').toUpperCase()}`;

/** The same value by each way in. */
const waysIn: readonly ((key: ConfigKey, value: string) => ConfigLayer)[] = [
  (key, value) => ({ kind: 'flag', values: { [key]: value } }),
  (key, value) => assignmentsLayer([`${key}=${value}`]),
  (key, value) => environmentLayer({ PATH: '/bin', [variableOfKey(key)]: value }),
  (key, value) => fileLayer('broker.json', JSON.stringify({ [key]: value })),
  (key, value) => fileLayer('broker.json', `{${JSON.stringify(key)}: ${asJson(value)}}`),
];

function asJson(value: string): string {
  return /^(?:-?[0-9]+|true|false)$/.test(value) ? value : JSON.stringify(value);
}

function entryOf(layers: readonly ConfigLayer[], key: ConfigKey): { readonly value: string; readonly source: string } {
  const entry = resolveConfig(layers).entries.find((each) => each.key === key);
  if (entry === undefined) throw new Error(`no entry for ${key}`);
  return { value: entry.value, source: entry.source };
}

function problemsOf(layers: readonly ConfigLayer[]): readonly string[] {
  try {
    resolveConfig(layers);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ message }) => message);
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('keys', () => {
  it('each has a default that it allows', () => {
    expect(resolveConfig([]).entries.map(({ value }) => value)).toEqual(
      configKeys.map((key) => factsOfKey(key).defaultText),
    );
  });

  it('each is a property in camel case and back', () => {
    expect(configKeys.map((key) => keyOf(propertyOf(key)))).toEqual(configKeys);
    expect(Object.keys(resolveConfig([]).config).sort()).toEqual(configKeys.map(propertyOf).sort());
  });

  it.each(configKeys)('%s comes in by flag, --set, environment and file', (key) => {
    const value = otherValues[key];
    for (const wayIn of waysIn) expect(entryOf([wayIn(key, value)], key).value).toBe(value);
  });

  it.each(configKeys)('%s goes through code and comes out the same', (key) => {
    const { config } = resolveConfig([{ kind: 'set', values: { [key]: otherValues[key] } }]);
    expect(makeBrokerConfig({ [propertyOf(key)]: config[propertyOf(key)] })).toEqual(config);
  });

  it.each(configKeys)(
    '%s refuses what it does not allow, naming itself, the value, its place and what it allows',
    (key) => {
      const bad = key === 'data.dir' ? '' : 'no such value!';
      expect(problemsOf([environmentLayer({}), { kind: 'flag', values: { [key]: bad } }])).toEqual([
        `${key} is ${JSON.stringify(bad)} (flag --${key.replaceAll('.', '-')}); allowed: ${factsOfKey(key).allowed}`,
      ]);
    },
  );
});

describe('precedence', () => {
  it('is flag, --set, environment, file, preset, default, whatever order the layers come in', () => {
    const kinds = configSourceKinds.filter((kind) => kind !== 'default');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...kinds)),
        fc.constantFrom<ConfigKey>('node.id', 'log.retention.ms', 'num.partitions'),
        (present, key) => {
          const layers = present.map((kind): ConfigLayer => ({ kind, values: { [key]: 10 + kinds.indexOf(kind) } }));
          const strongest = kinds.findLast((kind) => present.includes(kind));
          const expected =
            strongest === undefined
              ? { value: factsOfKey(key).defaultText, source: 'default' }
              : { value: String(10 + kinds.indexOf(strongest)), source: strongest };
          expect(entryOf(layers, key)).toEqual(expected);
        },
      ),
    );
  });

  it('the last --set of a key wins', () => {
    expect(entryOf([assignmentsLayer(['node.id=2', 'node.id=3'])], 'node.id').value).toBe('3');
  });

  it('the developer preset lies beneath all that the user says', () => {
    const preset: ConfigLayer = { kind: 'preset', name: 'dev', values: developerPreset };
    expect(entryOf([preset], 'auto.create.topics.enable')).toEqual({ value: 'true', source: 'preset' });
    const file = fileLayer('f.json', '{"auto.create.topics.enable": false}');
    expect(entryOf([preset, file], 'auto.create.topics.enable')).toEqual({ value: 'false', source: 'file' });
  });

  it('a value that a stronger one covers is still not refused for its content, only unknown keys are', () => {
    const layers: ConfigLayer[] = [
      { kind: 'file', name: 'f.json', values: { 'node.id': 'bad' } },
      { kind: 'flag', values: { 'node.id': '2' } },
    ];
    expect(entryOf(layers, 'node.id').value).toBe('2');
  });
});

describe('where each value comes from', () => {
  it('is said in words', () => {
    const layers = [
      { kind: 'flag', values: { 'node.id': '2' } } as const,
      assignmentsLayer(['storage=memory']),
      environmentLayer({ STREAMBUS_LOG_LEVEL: 'warn' }),
      fileLayer('broker.json', '{"num.partitions": 3}'),
      { kind: 'preset', name: 'dev', values: { 'log.format': 'pretty' } } as const,
    ];
    const said = resolveConfig(layers).entries.filter(({ source }) => source !== 'default');
    expect(said.map(({ key, from }) => [key, from])).toEqual([
      ['node.id', 'flag --node-id'],
      ['storage', '--set storage'],
      ['num.partitions', 'file broker.json'],
      ['log.level', 'environment STREAMBUS_LOG_LEVEL'],
      ['log.format', 'preset dev'],
    ]);
  });
});

describe('unknown keys', () => {
  it('are refused with the key that was probably meant', () => {
    expect(problemsOf([assignmentsLayer(['log.segments.byte=1'])])).toEqual([
      'log.segments.byte (in --set) is no configuration key; did you mean log.segment.bytes?',
    ]);
    expect(problemsOf([environmentLayer({ STREAMBUS_NODEID: '1' })])).toEqual([
      'STREAMBUS_NODEID (in the environment) is no configuration key; did you mean STREAMBUS_NODE_ID?',
    ]);
    expect(problemsOf([fileLayer('f.json', '{"quite.another.thing": 1, "toString": 2}')])).toEqual([
      'quite.another.thing (in the file f.json) is no configuration key; docs/CONFIGURATION.md lists all keys',
      'toString (in the file f.json) is no configuration key; docs/CONFIGURATION.md lists all keys',
    ]);
  });

  it('do not include what Kubernetes, compose files and the command line put into the environment', () => {
    const { values } = environmentLayer({
      STREAMBUS_SERVICE_HOST: '10.0.0.1',
      STREAMBUS_SERVICE_PORT_KAFKA: '9092',
      STREAMBUS_PORT: 'tcp://10.0.0.1:9092',
      STREAMBUS_PORT_9092_TCP_ADDR: '10.0.0.1',
      STREAMBUS_HEADLESS_SERVICE_HOST: '10.0.0.2',
      STREAMBUS_CONFIG: 'f.json',
      STREAMBUS_BOOTSTRAP: 'a:1',
      STREAMBUS_CLUSTER_ID: '',
      STREAMBUS_NODE_ID: '4',
    });
    expect(values).toEqual({ 'node.id': '4' });
  });
});

describe('several mistakes', () => {
  it('are all reported at once', () => {
    const problems = problemsOf([assignmentsLayer(['node.id=0', 'nope=1', 'max.connections=-1', 'log.level=loud'])]);
    expect(problems).toHaveLength(4);
  });
});

describe('values that do not go together', () => {
  const conflict = (...assignments: readonly string[]): readonly string[] =>
    problemsOf([assignmentsLayer(assignments)]);

  it('session timeouts', () => {
    expect(conflict('group.min.session.timeout.ms=9000', 'group.max.session.timeout.ms=8000')).toEqual([
      'group.min.session.timeout.ms=9000 is above group.max.session.timeout.ms=8000; allowed: at most that',
    ]);
  });

  it('messages, segments, requests and memory', () => {
    expect(conflict('log.segment.bytes=1024')).toEqual([
      'message.max.bytes=1048588 is above log.segment.bytes=1024; allowed: at most that',
    ]);
    expect(conflict('socket.request.max.bytes=1048588')).toEqual([
      'message.max.bytes=1048588 does not fit into a request of socket.request.max.bytes=1048588; allowed: less than that',
    ]);
    expect(conflict('memory.max.inflight.bytes=1048576')).toEqual([
      'socket.request.max.bytes=104857600 is above memory.max.inflight.bytes=1048576; allowed: at most that',
    ]);
    expect(conflict('memory.max.buffered.bytes=1048576')).toEqual([
      'socket.request.max.bytes=104857600 is above memory.max.buffered.bytes=1048576; allowed: at most that',
    ]);
  });

  it('replicas', () => {
    expect(conflict('min.insync.replicas=2')).toEqual([
      'min.insync.replicas=2 is above default.replication.factor=1; allowed: at most that',
    ]);
  });

  it('listeners on one port, unless the port is free to choose', () => {
    expect(conflict('admin.listen=127.0.0.1:9092')[0]).toContain('are the same');
    expect(
      resolveConfig([assignmentsLayer(['admin.listen=127.0.0.1:0', 'kafka.listen=127.0.0.1:0'])]).config,
    ).toBeDefined();
  });

  it('listeners that other machines can reach, unless that is said to be meant', () => {
    for (const address of ['0.0.0.0:9092', '[::]:9092', '192.168.1.4:9092', 'broker.example:9092', '128.0.0.1:9092']) {
      expect(conflict(`kafka.listen=${address}`)[0]).toContain('listen.insecure=true');
      expect(conflict(`admin.listen=${address}`, 'kafka.listen=127.0.0.1:1')[0]).toContain(`admin.listen=${address}`);
      const { config } = resolveConfig([assignmentsLayer([`kafka.listen=${address}`, 'listen.insecure=true'])]);
      expect(config.listenInsecure).toBe(true);
    }
    for (const address of ['localhost:9092', '127.1.2.3:9092', '[::1]:9092', '[::ffff:127.0.0.1]:9092']) {
      expect(resolveConfig([assignmentsLayer([`kafka.listen=${address}`])]).entries).toHaveLength(configKeys.length);
    }
  });
});

describe('the file', () => {
  it('must be a JSON object, and the error says where it is not', () => {
    expect(() => fileLayer('f.json', '{"a": ')).toThrow(
      /^the configuration file f\.json is no JSON \(.*\); allowed: one JSON object/,
    );
    expect(() => fileLayer('f.json', '[]')).toThrow('the configuration file f.json holds no object');
    expect(fileLayer('f.json', '\uFEFF{"node.id": 1}').values).toEqual({ 'node.id': 1 });
  });

  it('may hold lists as lists', () => {
    const { config } = resolveConfig([fileLayer('f.json', '{"log.cleanup.policy": ["delete", "compact", "delete"]}')]);
    expect(config.logCleanupPolicy).toEqual(['compact', 'delete']);
  });

  it('refuses values of other types', () => {
    for (const value of ['null', '1.5', '[]', '{}', '"1e3"', '" 1"']) {
      expect(problemsOf([fileLayer('f.json', `{"node.id": ${value}}`)])).toHaveLength(1);
    }
  });
});

describe('--set', () => {
  it('needs a key and a value', () => {
    expect(() => assignmentsLayer(['node.id'])).toThrow('--set "node.id" sets nothing; allowed: key=value');
    expect(assignmentsLayer(['data.dir=a=b']).values).toEqual({ 'data.dir': 'a=b' });
  });
});

import { assert } from '@streambus/runtime';
import type * as z from 'zod/mini';
import type { BrokerConfig } from './broker-config.ts';
import type { ConfigKey, KeyOf } from './config-key.ts';
import {
  address,
  choice,
  choices,
  integer,
  integerOrUnlimited,
  type KeyFacts,
  key,
  keyFacts,
  orWord,
  peerAddresses,
  text,
  toggle,
} from './fields.ts';

const int32Max = 2_147_483_647;
const safeMax = Number.MAX_SAFE_INTEGER;
const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const broker = {
  'node.id': key(
    'Broker',
    integer(1, int32Max),
    1,
    'The number of this broker in its cluster. It stays the same for the life of the data folder.',
  ),
  'cluster.id': key(
    'Broker',
    orWord(
      'auto',
      'the one kept in the data folder, made at the first start',
      text(/^(?!auto$)[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, - and _', 'ID'),
    ),
    'auto',
    'The name of the cluster. A data folder of another cluster is refused.',
  ),
  storage: key(
    'Broker',
    choice('disk', 'memory'),
    'disk',
    'Where partitions live. In memory everything ends with the process: for tests and for trying things out.',
  ),
  'data.dir': key(
    'Broker',
    text(/^[^\0]+$/, 'a path', 'DIR'),
    './streambus-data',
    'The folder of everything that this broker keeps (what Kafka calls log.dirs). Locked against a second process.',
  ),
  'shutdown.timeout.ms': key(
    'Broker',
    integer(0, hour, 'ms'),
    8 * second,
    'How long a stopping broker may take to answer what it has read and to flush. Below the 10 s after which Docker kills.',
  ),
};

const listeners = {
  'kafka.listen': key(
    'Listeners',
    address(0),
    '127.0.0.1:9092',
    'Where Kafka clients connect. Port 0 is any free port.',
  ),
  'kafka.advertise': key(
    'Listeners',
    orWord('auto', 'the address that the connection of the asking client arrived at', address(1)),
    'auto',
    'Where clients are told to connect, for a broker behind a proxy or a mapped port.',
  ),
  'admin.listen': key(
    'Listeners',
    orWord('none', 'no such listener', address(0)),
    '127.0.0.1:9644',
    'Where health and metrics are served over HTTP. Port 0 is any free port.',
  ),
  'listen.insecure': key(
    'Listeners',
    toggle(),
    false,
    'Whether a listener may be on another address than loopback though it has neither TLS nor authentication.',
  ),
};

const cluster = {
  'peer.listen': key(
    'Cluster',
    orWord('auto', "this broker's own address among the peers, and nowhere without them", address(1)),
    'auto',
    'Where the other brokers connect. One connection with each of them carries everything.',
  ),
  peers: key(
    'Cluster',
    orWord('none', 'a broker that is a cluster by itself', peerAddresses()),
    'none',
    'The brokers with which the cluster begins, this one among them; the same list for each. They vote on its metadata.',
  ),
  'broker.session.timeout.ms': key(
    'Cluster',
    integer(100, hour, 'ms'),
    3 * second,
    'A broker that is silent for this long is taken for dead, and its partitions get other leaders. One whose process has ended is at once.',
  ),
  'replica.lag.time.max.ms': key(
    'Cluster',
    integer(100, hour, 'ms'),
    30 * second,
    'A copy of a partition that has not caught up for this long is no longer waited for: it leaves the in-sync replicas.',
  ),
};

const connections = {
  'max.connections': key(
    'Connections and requests',
    integer(1, int32Max, 'connections'),
    10_000,
    'Client connections at one time. One more is closed at once.',
  ),
  'max.connections.per.ip': key(
    'Connections and requests',
    integer(1, int32Max, 'connections'),
    10_000,
    'The same, from one address.',
  ),
  'connections.max.idle.ms': key(
    'Connections and requests',
    integer(second, safeMax, 'ms'),
    10 * minute,
    'A connection without a request for this long is closed.',
  ),
  'connection.max.inflight.requests': key(
    'Connections and requests',
    integer(1, 100_000, 'requests'),
    100,
    'Requests of one connection that are read but not yet answered. Beyond it the connection is not read.',
  ),
  'socket.request.max.bytes': key(
    'Connections and requests',
    integer(kib, int32Max, 'bytes'),
    100 * mib,
    'A longer request is refused before it is read.',
  ),
  'memory.max.inflight.bytes': key(
    'Connections and requests',
    integer(kib, safeMax, 'bytes'),
    256 * mib,
    'All requests together that are read but not yet answered. Beyond it no connection is read.',
  ),
  'memory.max.buffered.bytes': key(
    'Connections and requests',
    integer(kib, safeMax, 'bytes'),
    256 * mib,
    'Requests that are still coming in and answers that clients have not taken, of all connections. Beyond it those that hold most are closed.',
  ),
  'fetch.max.bytes': key(
    'Connections and requests',
    integer(kib, int32Max, 'bytes'),
    55 * mib,
    'The records of one fetch response, whatever the client asks for; the first batch is always whole.',
  ),
};

const topics = {
  'auto.create.topics.enable': key(
    'Topics',
    toggle(),
    false,
    'Whether a topic is created when a client first asks for it.',
  ),
  'delete.topic.enable': key('Topics', toggle(), true, 'Whether clients may delete topics.'),
  'num.partitions': key(
    'Topics',
    integer(1, 10_000, 'partitions'),
    1,
    'Partitions of a topic that is created without saying how many.',
  ),
  'default.replication.factor': key(
    'Topics',
    integer(1, 32_767, 'replicas'),
    1,
    'Replicas of a topic that is created without saying how many.',
  ),
  'min.insync.replicas': key(
    'Topics',
    integer(1, 32_767, 'replicas'),
    1,
    'Replicas that must have a record before a producer with acks=all is answered. Also per topic.',
  ),
};

const logs = {
  'message.max.bytes': key(
    'Logs',
    integer(1, int32Max, 'bytes'),
    1_048_588,
    'The largest record batch, as compressed by its producer. Per topic: max.message.bytes.',
  ),
  'compression.type': key(
    'Logs',
    choice('producer'),
    'producer',
    'Batches are kept as their producer compressed them. Also per topic.',
  ),
  'log.message.timestamp.type': key(
    'Logs',
    choice('CreateTime', 'LogAppendTime'),
    'CreateTime',
    "Whose clock stamps a record: its producer's, or the broker's at the append. Per topic: message.timestamp.type.",
  ),
  'log.segment.bytes': key(
    'Logs',
    integer(kib, int32Max, 'bytes'),
    gib,
    'A segment is closed at this size. Per topic: segment.bytes.',
  ),
  'log.roll.ms': key(
    'Logs',
    integer(1, safeMax, 'ms'),
    7 * day,
    'A segment is closed at this age. Per topic: segment.ms.',
  ),
  'log.retention.ms': key(
    'Logs',
    integerOrUnlimited(0, safeMax, 'ms'),
    7 * day,
    'Closed segments whose records are all older are deleted. Per topic: retention.ms.',
  ),
  'log.retention.bytes': key(
    'Logs',
    integerOrUnlimited(0, safeMax, 'bytes'),
    -1,
    'The oldest closed segments of a partition are deleted while it is larger. Per topic: retention.bytes.',
  ),
  'log.retention.check.interval.ms': key(
    'Logs',
    integer(1, safeMax, 'ms'),
    5 * minute,
    'How often retention is looked at.',
  ),
  'log.index.interval.bytes': key(
    'Logs',
    integer(1, int32Max, 'bytes'),
    4 * kib,
    "Records between two entries of a segment's index. Per topic: index.interval.bytes.",
  ),
  'log.cleanup.policy': key(
    'Logs',
    choices('compact', 'delete'),
    'delete',
    'What happens to old records: dropped by age and size, or replaced by newer ones of the same key. Per topic: cleanup.policy.',
  ),
  'flush.policy': key(
    'Logs',
    choice('acked', 'interval', 'os'),
    'acked',
    'When a record is on stable storage: before it is acknowledged, every flush.interval.ms, or when the operating system likes (what Kafka does).',
  ),
  'flush.interval.ms': key(
    'Logs',
    integer(1, hour, 'ms'),
    second,
    'With flush.policy=interval: how much a loss of power may cost.',
  ),
  'tail.cache.bytes': key(
    'Logs',
    integer(0, safeMax, 'bytes'),
    64 * mib,
    'The newest batches of all partitions that are kept in memory for consumers at the tail.',
  ),
};

const groups = {
  'group.initial.rebalance.delay.ms': key(
    'Consumer groups and producers',
    integer(0, int32Max, 'ms'),
    3 * second,
    'How long the first members of an empty group wait for more before partitions are assigned.',
  ),
  'group.min.session.timeout.ms': key(
    'Consumer groups and producers',
    integer(1, int32Max, 'ms'),
    6 * second,
    'The shortest session timeout that a member may ask for.',
  ),
  'group.max.session.timeout.ms': key(
    'Consumer groups and producers',
    integer(1, int32Max, 'ms'),
    30 * minute,
    'The longest session timeout that a member may ask for.',
  ),
  'group.max.size': key(
    'Consumer groups and producers',
    integer(1, int32Max, 'members'),
    1000,
    'Members of one group. One more is refused.',
  ),
  'offsets.topic.num.partitions': key(
    'Consumer groups and producers',
    integer(1, 10_000, 'partitions'),
    16,
    'Into how many parts groups are spread. Counts when the first group comes; the offsets topic keeps what it has then.',
  ),
  'offsets.topic.replication.factor': key(
    'Consumer groups and producers',
    orWord('auto', 'one on each broker of the cluster, up to 3', integer(1, 9, 'copies')),
    'auto',
    'Copies of what groups commit, when the first group comes.',
  ),
  'offsets.retention.minutes': key(
    'Consumer groups and producers',
    integer(1, int32Max, 'minutes'),
    7 * 24 * 60,
    'Committed offsets of a group without members are dropped after this long.',
  ),
  'offset.metadata.max.bytes': key(
    'Consumer groups and producers',
    integer(0, int32Max, 'bytes'),
    4 * kib,
    'The text that a client may store with a committed offset.',
  ),
  'producer.id.expiration.ms': key(
    'Consumer groups and producers',
    integer(1, int32Max, 'ms'),
    day,
    'An idempotent producer is forgotten by a partition after it was silent for this long.',
  ),
};

const logging = {
  'log.level': key(
    'Log lines',
    choice('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'The least severe line that is written.',
  ),
  'log.format': key(
    'Log lines',
    choice('auto', 'json', 'pretty'),
    'auto',
    'How a line looks; auto is pretty on a terminal and JSON elsewhere. Lines go to stderr.',
  ),
};

/** One schema per key; together with {@link keyFacts} the source of flags, variables, file, help text and documentation. */
export const configShape: {
  readonly [Property in keyof BrokerConfig as KeyOf<Property>]: z.ZodMiniType<BrokerConfig[Property]>;
} = { ...broker, ...listeners, ...cluster, ...connections, ...topics, ...logs, ...groups, ...logging };

/** All keys, in the order of the documentation. */
export const configKeys: readonly ConfigKey[] = Object.keys(configShape) as ConfigKey[];

/** Whether there is such a key. */
export function isConfigKey(name: string): name is ConfigKey {
  return Object.hasOwn(configShape, name);
}

/** What a key is to people. */
export function factsOfKey(key: ConfigKey): KeyFacts {
  const facts = keyFacts.get(configShape[key]);
  assert(facts !== undefined, `the configuration key ${key} has no facts`);
  return facts;
}

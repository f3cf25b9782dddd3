/**
 * A member of a consumer group as a process of its own, to be killed: prints a line for each assignment and each record.
 *
 * node group-member.ts BOOTSTRAP TOPIC GROUP SESSION_TIMEOUT_MS
 */
import kafkajs from 'kafkajs';

const [bootstrap = '', topic = '', groupId = '', sessionTimeoutMs = ''] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  clientId: `member-${process.pid}`,
  brokers: [bootstrap],
  logLevel: kafkajs.logLevel.ERROR,
});
// kafkajs sends its heartbeats between fetches: these must end well before the session does.
const consumer = kafka.consumer({
  groupId,
  sessionTimeout: Number(sessionTimeoutMs),
  heartbeatInterval: 200,
  maxWaitTimeInMs: 200,
});

consumer.on('consumer.group_join', ({ payload }) => {
  const partitions = Object.values(payload.memberAssignment).flat();
  process.stdout.write(`assigned ${partitions.toSorted((one, other) => one - other).join(',')}\n`);
});
process.on('SIGTERM', () => {
  void consumer.disconnect().then(() => process.exit(0));
});

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  autoCommitInterval: 100,
  eachMessage: async ({ partition, message }) => {
    process.stdout.write(`handled ${partition} ${message.offset} ${message.value?.toString()}\n`);
  },
});

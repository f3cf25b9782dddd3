/**
 * kafkajs's idempotent producer as a process of its own. Prints a line for each batch that was acknowledged; SIGTERM lets it
 * finish.
 *
 * node kafkajs-writer.ts PORT TOPIC PARTITIONS NAME SEED
 */
import kafkajs from 'kafkajs';
import { createSeededRandom } from './seeded-random.ts';

const [port = '', topic = '', partitions = '', name = '', seed = ''] = process.argv.slice(2);
const random = createSeededRandom(Number(seed));
const nextNumbers = Array.from({ length: Number(partitions) }, () => 0);
let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});

const kafka = new kafkajs.Kafka({
  clientId: name,
  brokers: [`127.0.0.1:${port}`],
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { initialRetryTime: 20, maxRetryTime: 100, retries: 1000 },
});
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
await producer.connect();
while (!isStopping) {
  const partition = random.below(nextNumbers.length);
  const first = nextNumbers[partition] ?? 0;
  const count = random.between(1, 20);
  nextNumbers[partition] = first + count;
  const messages = Array.from({ length: count }, (_, index) => ({ partition, value: `${name}:${first + index}:` }));
  const [answer] = await producer.send({ topic, acks: -1, messages });
  process.stdout.write(`acknowledged ${partition} ${first} ${count} ${answer?.baseOffset}\n`);
}
process.stdout.write('finished\n');
process.exit(0);

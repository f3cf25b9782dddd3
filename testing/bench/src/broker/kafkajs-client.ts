import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { Latencies } from '../statistics.ts';
import type { BenchClient, Produced, ProduceTask } from './bench-client.ts';

/** Records that one call of `send` has, and calls under way at a time, where speed is measured. */
const recordsPerSend = 100;
const sendsUnderWay = 8;

/** kafkajs, in the process of the benchmark. */
export const kafkajsClient: BenchClient = {
  name: 'kafkajs',
  produce: (task) => produceWith(task, recordsPerSend, sendsUnderWay),
  latency: (task) => produceWith(task, 1, 1),
  async consume({ bootstrap, topic, records, durationMs }) {
    const consumer = connectTo(bootstrap).consumer({ groupId: 'bench-kafkajs', maxBytesPerPartition: 1024 * 1024 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(done.resolve, durationMs);
    let count = 0;
    let bytes = 0;
    let startedMs = 0;
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        if (count === 0) startedMs = performance.now();
        count += batch.messages.length;
        for (const { value } of batch.messages) bytes += value?.length ?? 0;
        if (count >= records) done.resolve();
      },
    });
    await done.promise;
    const elapsedMs = performance.now() - startedMs;
    clearTimeout(timer);
    await consumer.disconnect();
    return { records: count, bytes, elapsedMs };
  },
};

function connectTo(bootstrap: string): Kafka {
  return new Kafka({ clientId: 'bench', brokers: [bootstrap], logLevel: logLevel.ERROR });
}

async function produceWith(task: ProduceTask, perSend: number, underWay: number): Promise<Produced> {
  const producer = connectTo(task.bootstrap).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    return await sendFor(producer, task, perSend, underWay);
  } finally {
    await producer.disconnect();
  }
}

async function sendFor(
  producer: Producer,
  { topic, recordBytes, durationMs }: ProduceTask,
  perSend: number,
  underWay: number,
): Promise<Produced> {
  const value = Buffer.alloc(recordBytes, 'x');
  const messages = Array.from({ length: perSend }, () => ({ value, partition: 0 }));
  const latencies = new Latencies();
  let records = 0;
  const startedMs = performance.now();
  const send = async (): Promise<void> => {
    while (performance.now() - startedMs < durationMs) {
      const sentMs = performance.now();
      await producer.send({ topic, messages, acks: -1 });
      latencies.add(performance.now() - sentMs);
      records += perSend;
    }
  };
  await Promise.all(Array.from({ length: underWay }, send));
  return { records, elapsedMs: performance.now() - startedMs, ...latencies.summary() };
}

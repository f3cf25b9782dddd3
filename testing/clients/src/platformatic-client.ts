import { randomUUID } from 'node:crypto';
import { Consumer, ProduceAcks, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { type Client, pieces } from './client.ts';
import type { TestRecord } from './dataset.ts';

/** https://www.npmjs.com/package/@platformatic/kafka */
export const platformaticClient: Client = {
  name: '@platformatic/kafka',
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  setsTimestamps: true,
  async write(bootstrap, topic, codec, records) {
    const producer = new Producer({
      clientId: 'clients-test',
      bootstrapBrokers: [bootstrap],
      serializers: stringSerializers,
      autocreateTopics: true,
    });
    try {
      for (const some of pieces(records, 500)) {
        await producer.send({
          acks: ProduceAcks.ALL,
          compression: codec,
          messages: some.map(({ key, value, headers, timestamp }) => ({
            topic,
            partition: 0,
            ...(key !== null && { key }),
            value,
            headers: Object.fromEntries(headers),
            timestamp: BigInt(timestamp),
          })),
        });
      }
    } finally {
      await producer.close();
    }
  },
  async read(bootstrap, topic, count) {
    const consumer = new Consumer({
      clientId: 'clients-test',
      groupId: `reader-${randomUUID()}`,
      bootstrapBrokers: [bootstrap],
      deserializers: stringDeserializers,
    });
    const found: TestRecord[] = [];
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true });
      for await (const { key, value, headers, timestamp } of stream) {
        found.push({ key: key ?? null, value: value ?? '', headers: [...headers], timestamp: Number(timestamp) });
        if (found.length >= count) break;
      }
      await stream.close();
    } finally {
      await consumer.close(true);
    }
    return found;
  },
};

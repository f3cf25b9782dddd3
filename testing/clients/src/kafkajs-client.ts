import { randomUUID } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import snappy from 'snappy';
import { type Client, pieces } from './client.ts';
import type { Codec, TestRecord } from './dataset.ts';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

/** kafkajs brings gzip; the others it takes from its user. */
function registerCodecs(): void {
  const codec = (compress: (bytes: Buffer) => Buffer, decompress: (bytes: Buffer) => Buffer) => () => ({
    compress: async (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer),
    decompress: async (bytes: Buffer) => decompress(bytes),
  });
  CompressionCodecs[CompressionTypes.Snappy] = codec(snappy.compressSync, openSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = codec(compressFrameSync, decompressFrameSync);
  CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdCompressSync, zstdDecompressSync);
}

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);

/** Java clients frame snappy in blocks (xerial); others write one raw block. */
function openSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 8).equals(xerialMagic)) return snappy.uncompressSync(bytes) as Buffer;
  const blocks: Buffer[] = [];
  for (let at = 16; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    blocks.push(snappy.uncompressSync(bytes.subarray(at + 4, at + 4 + length)) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

registerCodecs();

const compressions: Readonly<Record<Codec, number>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

/** https://www.npmjs.com/package/kafkajs */
export const kafkajsClient: Client = {
  name: 'kafkajs',
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  setsTimestamps: true,
  async write(bootstrap, topic, codec, records) {
    const producer = connect(bootstrap).producer();
    await producer.connect();
    try {
      for (const some of pieces(records, 500)) {
        await producer.send({
          topic,
          acks: -1,
          compression: compressions[codec],
          messages: some.map(({ key, value, headers, timestamp }) => ({
            partition: 0,
            key,
            value,
            headers: Object.fromEntries(headers),
            timestamp: String(timestamp),
          })),
        });
      }
    } finally {
      await producer.disconnect();
    }
  },
  async read(bootstrap, topic, count) {
    const consumer = connect(bootstrap).consumer({ groupId: `reader-${randomUUID()}` });
    const found: TestRecord[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachBatch: async ({ batch }) => {
          for (const message of batch.messages) found.push(recordOf(message));
          if (found.length >= count) resolve();
        },
      });
      await promise;
    } finally {
      await consumer.disconnect();
    }
    return found;
  },
};

function connect(bootstrap: string): kafkajs.Kafka {
  return new Kafka({ clientId: 'clients-test', brokers: [bootstrap], logLevel: logLevel.ERROR });
}

function recordOf({ key, value, headers, timestamp }: KafkaMessage): TestRecord {
  return {
    key: key === null ? null : key.toString(),
    value: value === null ? '' : value.toString(),
    headers: Object.entries(headers ?? {}).map(([name, content]): [string, string] => [name, String(content)]),
    timestamp: Number(timestamp),
  };
}

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { batchHeaderBytes, batchPlaces, computeBatchCrc, encodeRecordBatch } from '@streambus/kafka';
import type { Dice } from './dice.ts';

const compression = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
const wildInt32: readonly number[] = [0, -1, 1, 2, 1000, 0x7fffffff, -0x80000000, 0x00ffffff];

/** Compressed bytes that become {@link bombBytes}, more than a broker may take. */
const bombBytes = 256 * 1024 * 1024;
let bombs: readonly (readonly [type: number, section: Uint8Array])[] | undefined;

/** What a producer may send as records: mostly a batch of its own making, often one that is wrong inside. */
export function randomRecords(dice: Dice): Uint8Array {
  const roll = dice.below(100);
  if (roll < 55) return validBatch(dice);
  if (roll < 90) return brokenBatch(dice);
  if (roll < 95) return Buffer.concat(dice.list(4, () => (dice.chance(50) ? validBatch(dice) : brokenBatch(dice))));
  return dice.bytes(dice.below(200));
}

function validBatch(dice: Dice): Buffer {
  const records = Array.from({ length: dice.between(1, 5) }, (_, index) => ({
    key: dice.chance(70) ? `key ${dice.below(50)}` : null,
    value: dice.chance(90) ? `value ${index}` : null,
    headers: dice.list(2, () => ({ key: 'header', value: 'x' })),
  }));
  const isIdempotent = dice.chance(30);
  return Buffer.from(
    encodeRecordBatch(records, {
      timestamp: dice.pick([-1, 0, 1_700_000_000_000, 2 ** 51 - 1]),
      ...(isIdempotent && { producerId: dice.below(30), producerEpoch: dice.below(2), baseSequence: dice.below(50) }),
    }),
  );
}

/** A batch with a right checksum and one thing in it that is wrong. */
export function brokenBatch(dice: Dice): Buffer {
  const batch = validBatch(dice);
  switch (dice.below(9)) {
    case 0:
      batch.writeInt32BE(dice.pick(wildInt32), batchPlaces.recordCount);
      break;
    case 1:
      batch.writeInt32BE(dice.pick(wildInt32), batchPlaces.lastOffsetDelta);
      break;
    case 2:
      batch.writeInt16BE(dice.below(0x10000) - 0x8000, batchPlaces.attributes);
      break;
    case 3:
      batch[batchPlaces.magic] = dice.below(256);
      break;
    case 4:
      batch.writeInt32BE(dice.pick(wildInt32), batchPlaces.length);
      return batch;
    case 5:
      batch.writeBigInt64BE(dice.pick([-1n, 2n ** 62n, -(2n ** 63n), 0n]), batchPlaces.baseTimestamp);
      break;
    case 6:
      batch.writeInt32BE(dice.pick(wildInt32), batchPlaces.baseSequence);
      batch.writeBigInt64BE(dice.pick([-2n, 2n ** 62n, 7n]), batchPlaces.producerId);
      break;
    case 7:
      // The lengths and deltas of the records themselves, which are varints.
      for (let count = dice.between(1, 6); count > 0; count--) {
        batch[dice.between(batchHeaderBytes, batch.length - 1)] = dice.pick([0, 1, 0x7f, 0x80, 0xff]);
      }
      break;
    default:
      return withSection(dice.pick(Object.values(compression)), dice.bytes(dice.between(1, 100)), dice.between(1, 9));
  }
  return withChecksum(batch);
}

/** A small batch whose records become 256 MiB. */
export function compressedBomb(dice: Dice): Buffer {
  bombs ??= [
    [compression.gzip, gzipSync(Buffer.alloc(bombBytes))],
    [compression.zstd, zstdCompressSync(Buffer.alloc(bombBytes))],
  ];
  const [type, section] = dice.pick(bombs);
  return withSection(type, section, dice.between(1, 1_000_000));
}

/** A batch around whatever is said to be its records. */
function withSection(type: number, section: Uint8Array, recordCount: number): Buffer {
  const header = encodeRecordBatch([{ value: null }]).subarray(0, batchHeaderBytes);
  const batch = Buffer.concat([header, section]);
  batch.writeInt16BE(type, batchPlaces.attributes);
  batch.writeInt32BE(batch.length - batchPlaces.partitionLeaderEpoch, batchPlaces.length);
  batch.writeInt32BE(recordCount, batchPlaces.recordCount);
  batch.writeInt32BE(recordCount - 1, batchPlaces.lastOffsetDelta);
  return withChecksum(batch);
}

function withChecksum(batch: Buffer): Buffer {
  batch.writeInt32BE(computeBatchCrc(batch) | 0, batchPlaces.crc);
  return batch;
}

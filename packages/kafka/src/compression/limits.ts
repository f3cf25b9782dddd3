import { KafkaError } from '../kafka-error.ts';
import type { CompressionType } from './compression-type.ts';

/** Refuses compressed records that would take more than the caller allows. */
export function assertFits(type: CompressionType, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const message = `records compressed by ${type} take ${bytes} bytes or more; at most ${maxBytes} are taken`;
  throw new KafkaError('KAFKA_BATCH_TOO_LARGE', message);
}

/** Refuses compressed records that are not in their format. */
export function notCompressed(type: CompressionType, why: string): never {
  throw new KafkaError('KAFKA_COMPRESSION_FAILED', `the records are not ${type}: ${why}`);
}

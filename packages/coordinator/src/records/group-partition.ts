/**
 * The coordinator partition of a group, by Kafka's rule: the magnitude of Java's `String.hashCode` (over UTF-16 units),
 * modulo the number of partitions. The one value without a magnitude in 32 bits counts as 0 there, and so here.
 */
export function groupPartition(groupId: string, partitionCount: number): number {
  let hash = 0;
  for (let index = 0; index < groupId.length; index++) {
    hash = (Math.imul(hash, 31) + groupId.charCodeAt(index)) | 0;
  }
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitionCount;
}

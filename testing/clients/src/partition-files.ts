import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { batchBytes, batchHeaderBytes } from '@streambus/kafka';

/** The newest segment of a partition as it lies on the disk. */
export interface SegmentFile {
  readonly path: string;
  readonly bytes: Buffer;
  /** Where its batches end, in order. */
  readonly batchEnds: readonly number[];
  /** What the log's checkpoint says to be durable of it. */
  readonly durableBytes: number;
}

/** Reads the newest segment of a partition of a broker that is not running. */
export async function newestSegment(dataDir: string, topic: string, partition: number): Promise<SegmentFile> {
  const [topicId = ''] = await readdir(join(dataDir, 'topics', topic));
  const folder = join(dataDir, 'topics', topic, topicId, String(partition));
  const name = (await readdir(folder))
    .filter((file) => file.endsWith('.log'))
    .toSorted()
    .at(-1);
  if (name === undefined) throw new Error(`${folder} has no segment`);
  const path = join(folder, name);
  const bytes = await readFile(path);
  return {
    path,
    bytes,
    batchEnds: batchEndsOf(bytes),
    durableBytes: await durableBytesOf(folder, Number.parseInt(name, 10)),
  };
}

function batchEndsOf(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at + batchHeaderBytes <= bytes.length; ) {
    at += batchBytes(bytes, at);
    if (at > bytes.length) break;
    ends.push(at);
  }
  return ends;
}

/** A checkpoint is a line with a checksum, then JSON. */
async function durableBytesOf(folder: string, baseOffset: number): Promise<number> {
  const text = await readFile(join(folder, 'log-checkpoint'), 'utf8').catch(() => undefined);
  if (text === undefined) return 0;
  const { segments } = JSON.parse(text.split('\n')[1] ?? '') as {
    segments: readonly { readonly baseOffset: number; readonly sizeBytes: number }[];
  };
  return segments.find((segment) => segment.baseOffset === baseOffset)?.sizeBytes ?? 0;
}

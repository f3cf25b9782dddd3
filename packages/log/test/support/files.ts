import { type Disk, readWholeFile } from '@streambus/runtime';
import { folder } from './test-log.ts';

/** The names in the log's folder. */
export async function namesIn(disk: Disk): Promise<string[]> {
  return (await disk.list(folder)).map(({ name }) => name);
}

/** The path of the segment with this base offset. */
export function segmentPath(baseOffset: number): string {
  return `${folder}/${String(baseOffset).padStart(20, '0')}.log`;
}

/** Replaces a file's content, behind the log's back. */
export async function overwrite(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const file = await disk.open(path, 'write');
  await file.truncate(0);
  await file.write([content], 0);
  await file.sync();
  await file.close();
}

/** Changes one bit. */
export async function flipBit(disk: Disk, path: string, position: number, bit = 0): Promise<void> {
  const content = await readWholeFile(disk, path);
  content[position] = (content[position] ?? 0) ^ (1 << bit);
  await overwrite(disk, path, content);
}

import { type Disk, readWholeFile } from '@streambus/runtime';
import { createMemoryDisk, type MemoryDisk } from '@streambus/runtime/testing';

/** The files under a folder, by path. */
export type DiskImage = ReadonlyMap<string, Uint8Array>;

export async function takeImage(disk: Disk, folder: string): Promise<DiskImage> {
  const image = new Map<string, Uint8Array>();
  for (const { name, kind } of await disk.list(folder)) {
    const path = `${folder}/${name}`;
    if (kind === 'directory') for (const [inner, content] of await takeImage(disk, path)) image.set(inner, content);
    else image.set(path, await readWholeFile(disk, path));
  }
  return image;
}

/** A disk on which these files have always been; `changes` replaces some, and removes those that are undefined. */
export async function diskFrom(
  image: DiskImage,
  changes: ReadonlyMap<string, Uint8Array | undefined> = new Map(),
): Promise<MemoryDisk> {
  const disk = createMemoryDisk();
  for (const [path, content] of new Map<string, Uint8Array | undefined>([...image, ...changes])) {
    if (content === undefined) continue;
    await disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const file = await disk.open(path, 'create');
    await file.write([content], 0);
    await file.close();
  }
  disk.crash('none');
  return disk;
}

/** The newest file of the log. */
export function lastSegment(image: DiskImage): string {
  const path = [...image.keys()]
    .filter((name) => /\/log\/[0-9]+\.log$/.test(name))
    .sort()
    .at(-1);
  if (path === undefined) throw new Error(`no segment among ${[...image.keys()].join(', ')}`);
  return path;
}

import { tmpdir } from 'node:os';
import { randomUuid } from '@streambus/runtime';
import { createNodeDisk, nodeRandom } from '@streambus/runtime/node';

/** A folder that lasts as long as its owner wants. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with all in it. */
  remove(): Promise<void>;
}

/** Makes an empty folder of a new name among the system's temporary ones. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const disk = createNodeDisk();
  const path = `${tmpdir()}/streambus-${randomUuid(nodeRandom)}`;
  await disk.makeDirectory(path);
  return { path, remove: () => disk.remove(path) };
}

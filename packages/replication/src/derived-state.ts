import { type Disk, DiskError, readWholeFile, replaceFile } from '@streambus/runtime';
import type { EpochStart } from './leader-epochs.ts';
import type { DescribedProducer } from './producer-state.ts';

/** What is known of a log beside its records, as of one offset: all of it can be found again by reading the batches. */
export interface DerivedState {
  /** The state holds what lies below this offset. */
  readonly endOffset: number;
  /** The high watermark when it was saved; it has only risen since. Absent in files of before there was more than one replica. */
  readonly highWatermark?: number;
  readonly epochs: readonly EpochStart[];
  readonly producers: readonly DescribedProducer[];
}

const fileName = 'partition-state.json';

/** The state before, as of an offset that cannot be cut off: what is newer may have to go with the records that it tells of. */
const earlierFileName = 'partition-state-earlier.json';

/**
 * Reads the newest derived state of a folder that ends within what the log has. What ends elsewhere is of another log, or of one that
 * was cut: it is removed, so that it is not believed later either, when the log has grown beyond it by other records.
 *
 * @returns undefined when there is none that can be understood: the log is read from its start in its place
 */
export async function findDerivedState(
  disk: Disk,
  folder: string,
  log: { readonly startOffset: number; readonly endOffset: number },
): Promise<DerivedState | undefined> {
  for (const name of [fileName, earlierFileName]) {
    const state = await readDerivedState(disk, `${folder}/${name}`);
    if (state === undefined) continue;
    if (state.endOffset <= log.endOffset && state.endOffset >= log.startOffset) return state;
    await removeFile(disk, folder, name);
  }
  return undefined;
}

/**
 * Reads a derived state.
 *
 * @returns undefined when there is none, or none that can be understood
 */
async function readDerivedState(disk: Disk, path: string): Promise<DerivedState | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readWholeFile(disk, path);
  } catch (thrown) {
    if (thrown instanceof DiskError && thrown.code === 'DISK_NOT_FOUND') return undefined;
    throw thrown;
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isDerivedState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the derived state of a folder, in one step and durably. @param keepsEarlier - whether the one there now is still of use */
export async function writeDerivedState(
  disk: Disk,
  folder: string,
  state: DerivedState,
  keepsEarlier: boolean,
): Promise<void> {
  const path = `${folder}/${fileName}`;
  if (keepsEarlier && (await disk.stat(path)) !== undefined) await disk.rename(path, `${folder}/${earlierFileName}`);
  await replaceFile(disk, path, new TextEncoder().encode(JSON.stringify(state)));
}

/** Removes every derived state of a folder, durably. */
export async function removeDerivedState(disk: Disk, folder: string): Promise<void> {
  for (const name of [fileName, earlierFileName]) await removeFile(disk, folder, name);
}

async function removeFile(disk: Disk, folder: string, name: string): Promise<void> {
  await disk.remove(`${folder}/${name}`);
  await disk.syncDirectory(folder);
}

function isDerivedState(value: unknown): value is DerivedState {
  if (!isObject(value) || !isCount(value['endOffset'])) return false;
  const { epochs, producers, highWatermark = 0 } = value;
  return (
    isCount(highWatermark) &&
    Array.isArray(epochs) &&
    epochs.every((start) => isObject(start) && isCount(start['epoch']) && isCount(start['startOffset'])) &&
    Array.isArray(producers) &&
    producers.every(isProducer)
  );
}

function isProducer(value: unknown): boolean {
  if (!isObject(value) || !isCount(value['producerId']) || !isCount(value['epoch'])) return false;
  const { batches } = value;
  const fields = ['firstSequence', 'lastSequence', 'firstOffset', 'lastOffset'];
  return (
    Array.isArray(batches) &&
    batches.length > 0 &&
    batches.every(
      (batch) =>
        isObject(batch) && fields.every((field) => isCount(batch[field])) && Number.isSafeInteger(batch['timestampMs']),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

import { type Disk, DiskError, readWholeFile, replaceFile } from '@streambus/runtime';
import type { EpochStart } from './leader-epochs.ts';
import type { DescribedProducer } from './producer-state.ts';

/** What is known of a log beside its records, as of one offset: all of it can be found again by reading the batches. */
export interface DerivedState {
  /** The state holds what lies below this offset. */
  readonly endOffset: number;
  readonly epochs: readonly EpochStart[];
  readonly producers: readonly DescribedProducer[];
}

const fileName = 'partition-state.json';

/**
 * Reads the newest derived state of a folder.
 *
 * @returns undefined when there is none, or none that can be understood: the log is read from its start in its place
 */
export async function readDerivedState(disk: Disk, folder: string): Promise<DerivedState | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readWholeFile(disk, `${folder}/${fileName}`);
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

/** Replaces the derived state of a folder, in one step and durably. */
export async function writeDerivedState(disk: Disk, folder: string, state: DerivedState): Promise<void> {
  await replaceFile(disk, `${folder}/${fileName}`, new TextEncoder().encode(JSON.stringify(state)));
}

/** Removes the derived state of a folder, durably. */
export async function removeDerivedState(disk: Disk, folder: string): Promise<void> {
  await disk.remove(`${folder}/${fileName}`);
  await disk.syncDirectory(folder);
}

function isDerivedState(value: unknown): value is DerivedState {
  if (!isObject(value) || !isCount(value['endOffset'])) return false;
  const { epochs, producers } = value;
  return (
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

import { crc32c } from '@node-rs/crc32';
import { type Disk, DiskError, readWholeFile } from '@streambus/runtime';
import { LogError } from './errors.ts';
import type { SegmentSummary } from './segment.ts';

/**
 * What a log knows of itself without reading its segments, as saved in its folder. It is replaced as a whole, so that a crash leaves
 * the old one or the new one.
 *
 * Invariants:
 * 1. Everything that the segments here say was durable before the checkpoint was saved: the last one's size is the recovery
 *    point. More frames may follow it, in its file and in later ones.
 * 2. A segment file with a base offset below the first segment here (below `startOffset`, when there is none) is a leftover.
 */
export interface Checkpoint {
  /** The name of the frame format. */
  readonly format: string;
  /** The log's start; its end too, when there are no segments. */
  readonly startOffset: number;
  /**
   * Whether each write after the recovery point was synced before the next one. Only then does a valid frame after a bad one
   * prove damage; else a loss of power may have taken a write and left a later one.
   */
  readonly syncedInOrder: boolean;
  /** `reset` was under way: every segment file is a leftover. */
  readonly resetting: boolean;
  readonly segments: readonly SegmentSummary[];
}

/** The checkpoint's name in the log's folder. */
export const checkpointFileName = 'log-checkpoint';
const version = 1;

/** Encodes a checkpoint: a line with the CRC32C of the rest, then JSON. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const json = JSON.stringify({ version, ...checkpoint });
  return new TextEncoder().encode(`${checksum(json)}\n${json}\n`);
}

/** Reads the checkpoint; undefined when there is none. @throws LogError `LOG_DAMAGED` when it is not what was saved */
export async function loadCheckpoint(disk: Disk, path: string): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readWholeFile(disk, path);
  } catch (error) {
    if (error instanceof DiskError && error.code === 'DISK_NOT_FOUND') return undefined;
    throw error;
  }
  return decodeCheckpoint(bytes, path);
}

function decodeCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const [sum, json] = new TextDecoder().decode(bytes).split('\n');
  const refuse = (why: string): LogError =>
    new LogError(
      'LOG_DAMAGED',
      `${path} is damaged: ${why}. Without it all segments are read instead: remove it only if no start offset was set`,
      {
        file: path,
        position: 0,
      },
    );
  if (sum === undefined || json === undefined || sum !== checksum(json)) throw refuse('its checksum is wrong');
  const { version: found, ...checkpoint } = JSON.parse(json) as Checkpoint & { version: number };
  if (found !== version) throw refuse(`its version is ${found}; this program knows ${version}`);
  return checkpoint;
}

function checksum(text: string): string {
  return crc32c(text).toString(16).padStart(8, '0');
}

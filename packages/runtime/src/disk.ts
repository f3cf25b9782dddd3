import { StreamBusError, type StreamBusErrorOptions } from './errors.ts';

/**
 * Why a disk refused.
 *
 * - `DISK_NOT_FOUND`: no such file or folder.
 * - `DISK_EXISTS`: it was to be created and is there.
 * - `DISK_FULL`: no space, or over the quota (ENOSPC, EDQUOT). Retriable: space may return.
 * - `DISK_LOCKED`: another living process holds the lock.
 * - `DISK_TOO_MANY_FILES`: the process or the machine has no file descriptor left (EMFILE, ENFILE). Retriable.
 * - `DISK_DENIED`: not permitted, or a read-only file system (EACCES, EPERM, EROFS).
 * - `DISK_CLOSED`: the file was closed before.
 * - `DISK_IO`: anything else the device or the system reports.
 */
export const diskErrorCodes = [
  'DISK_NOT_FOUND',
  'DISK_EXISTS',
  'DISK_FULL',
  'DISK_LOCKED',
  'DISK_TOO_MANY_FILES',
  'DISK_DENIED',
  'DISK_CLOSED',
  'DISK_IO',
] as const;

/** One of {@link diskErrorCodes}. */
export type DiskErrorCode = (typeof diskErrorCodes)[number];

/** A refusal by a {@link Disk}. The message names the operation and the path. */
export class DiskError extends StreamBusError<DiskErrorCode> {
  override readonly name = 'DiskError';

  constructor(code: DiskErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}

/** One name in a folder. */
export interface DiskEntry {
  /** The last part of its path. */
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/**
 * How a file is opened.
 *
 * - `read`: it must exist.
 * - `write`: for reading and writing, created when missing.
 * - `create`: the same, but it must not exist.
 * - `durable`: as `write`, and each {@link DiskFile.write} resolves when what it wrote survives a loss of power, as if a sync followed it; where
 *   the system can do both in one call, for less than the two take one after the other.
 */
export type DiskOpenMode = 'read' | 'write' | 'create' | 'durable';

/** An open file. Positions and lengths are in bytes. */
export interface DiskFile {
  /** The path it was opened by. */
  readonly path: string;
  /** Fills `target` from `position`; returns how many bytes were read, fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  /**
   * Writes all chunks one after the other from `position`, or rejects; after a rejection any part may be there, durably or not. In a file that
   * was opened as `durable` it resolves when all of it survives a loss of power; what was durable before is so whatever becomes of this write.
   */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Resolves when everything written so far survives a loss of power (fdatasync). After a rejection nothing is known. */
  sync(): Promise<void>;
  /** Cuts the file, or extends it with zeros. */
  truncate(sizeBytes: number): Promise<void>;
  /** Its length now. */
  size(): Promise<number>;
  /** Gives the descriptor back; harmless twice. */
  close(): Promise<void>;
}

/** A held lock. */
export interface DiskLock {
  /** Lets the next one in; harmless twice. */
  release(): Promise<void>;
}

/**
 * Files and folders, as everything outside runtime sees them. Paths are absolute or relative to the process, parts divided by `/`.
 *
 * Every method rejects with a {@link DiskError}.
 */
export interface Disk {
  /** Opens a file. A new one's name is durable with {@link syncDirectory}, whatever the mode. */
  open(path: string, mode: DiskOpenMode): Promise<DiskFile>;
  /** The names in a folder, sorted by code unit. */
  list(path: string): Promise<DiskEntry[]>;
  /** Length and kind, or undefined when nothing is there. */
  stat(path: string): Promise<{ readonly kind: DiskEntry['kind']; readonly sizeBytes: number } | undefined>;
  /** Makes a folder and its parents; harmless when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Moves a file or folder over whatever file has the new name, in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all in it; harmless when nothing is there. */
  remove(path: string): Promise<void>;
  /** Resolves when the names in this folder survive a loss of power. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes the lock file at `path` for this process. A lock whose holder died is taken over.
   *
   * @throws DiskError `DISK_LOCKED` naming the holder
   */
  lock(path: string): Promise<DiskLock>;
  /** Bytes that an unprivileged process may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>;
}

/** Reads a whole file. */
export async function readWholeFile(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    const content = new Uint8Array(await file.size());
    const length = await file.read(content, 0);
    return content.subarray(0, length);
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file's content so that after a crash at any moment either the old or the new content is there, whole: written
 * beside it, synced, renamed over it, folder synced.
 */
export async function replaceFile(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  await disk.remove(temporary);
  const file = await disk.open(temporary, 'create');
  try {
    await file.write([content], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(parentDirectory(path));
}

/**
 * Makes a folder and its parents so that all of their names survive a loss of power: a synced file in a folder whose own name
 * was lost is lost with it. Costs one look where the folder is there.
 */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== undefined) return;
  const parent = parentDirectory(path);
  if (parent !== path && parent !== '.') await makeDurableDirectory(disk, parent);
  await disk.makeDirectory(path);
  await disk.syncDirectory(parent);
}

/** The folder that a path lies in. */
export function parentDirectory(path: string): string {
  const end = path.lastIndexOf('/');
  if (end < 0) return '.';
  return end === 0 ? '/' : path.slice(0, end);
}

import { DiskError, readWholeFile } from '@streambus/runtime';
import { LogError } from './errors.ts';
import { FrameWalker, nextFrame } from './frame-walker.ts';
import { decodeIndexFiles, encodeIndexBlocks } from './index-file.ts';
import { continues, type LogContext } from './log-context.ts';
import type { MemoryHolder } from './memory-budget.ts';
import { Mutex } from './mutex.ts';
import type { Segment } from './segment.ts';
import { SparseIndex } from './sparse-index.ts';

/** Entries kept in memory before they go to the files: 8 KiB. */
const spillEntries = 512;
const rebuildWindowBytes = 256 * 1024;

interface FileBytes {
  readonly offsets: number;
  readonly times: number;
}

/** Files that are not there yet. */
const noBytes: FileBytes = { offsets: 0, times: 0 };

/** Where to begin to look in a segment. */
export interface IndexLookup {
  /** A frame begins here. */
  readonly position: number;
  /** The offset the index says for that frame: to be held against the frame's own. */
  readonly firstOffset: number;
  /** The latest timestamp in the frames before it; -1 when none has one. */
  readonly timestampBefore: number;
  /** The next indexed frame begins here; undefined when there is none. */
  readonly nextPosition: number | undefined;
}

/**
 * The sparse indexes of one segment: an offset index and a time index with the same entries.
 *
 * New entries gather in memory; from time to time they are appended to the two files. The files are loaded when somebody
 * looks for an old frame, and let go when memory is short. They are never synced and never believed: a block has a checksum,
 * an entry is held against the frame it points to, and whatever is wrong is built anew from the log.
 */
export class SegmentIndex implements MemoryHolder {
  readonly #context: LogContext;
  readonly #offsetsPath: string;
  readonly #timesPath: string;
  readonly #files = new Mutex();
  /** Entries that are not in the files yet. */
  #recent = new SparseIndex();
  /** The files' entries, when loaded. */
  #loaded: SparseIndex | undefined;
  /** How long the files are; undefined while nobody has looked. */
  #fileBytes: FileBytes | undefined;
  #loadedBytes = 0;
  #lastIndexedPosition = Number.NEGATIVE_INFINITY;

  /** @param isNew - no index file of this segment can be there */
  constructor(context: LogContext, segmentPath: string, isNew: boolean) {
    this.#context = context;
    this.#offsetsPath = segmentPath.replace(/\.log$/, '.index');
    this.#timesPath = segmentPath.replace(/\.log$/, '.timeindex');
    if (isNew) {
      this.#loaded = new SparseIndex();
      this.#fileBytes = noBytes;
    }
  }

  get paths(): readonly string[] {
    return [this.#offsetsPath, this.#timesPath];
  }

  get wantsSpill(): boolean {
    return this.#recent.length >= spillEntries;
  }

  /** Notes a frame that was written at `position`; frames come in order. */
  note(relativeOffset: number, position: number, timestampBefore: number): void {
    if (position - this.#lastIndexedPosition < this.#context.settings.indexIntervalBytes) return;
    this.#recent.add(relativeOffset, position, timestampBefore);
    this.#lastIndexedPosition = position;
  }

  /** Where to look for an offset: the last indexed frame at or before it, else the beginning. */
  lookupOffset(segment: Segment, offset: number): Promise<IndexLookup> {
    return this.#lookup(segment, (index) => index.lastAtOrBefore(offset - segment.baseOffset));
  }

  /** Where to look for the first frame with a timestamp at or after this one. */
  lookupTimestamp(segment: Segment, timestampMs: number): Promise<IndexLookup> {
    return this.#lookup(segment, (index) => index.lastBeforeTimestamp(timestampMs));
  }

  /** Moves the entries in memory to the files. A refusal of the disk is no failure of the log: they stay in memory. */
  async spill(segment: Segment): Promise<void> {
    try {
      await this.#files.run(() => this.#spill(segment));
    } catch (error) {
      this.#context.logger.warn({ file: segment.path, err: error }, 'the indexes of this segment cannot be written');
    }
  }

  /** Drops what the files say and builds them from the log; for when an entry did not hold. */
  rebuild(segment: Segment): Promise<void> {
    return this.#files.run(async () => {
      this.#keep(await this.#rebuild(segment));
    });
  }

  /** Keeps the entries of frames before `position`, where the log was or will be cut; those after it are noted anew. */
  restart(segment: Segment, position: number): Promise<void> {
    return this.#files.run(async () => {
      const found = (await this.#allEntries()) ?? new SparseIndex();
      found.cut(position);
      const kept = (await this.#extended(segment, position, found)) ?? (await this.#walk(segment, position));
      this.shrink();
      await this.removeFiles();
      this.#fileBytes = noBytes;
      this.#recent = kept;
      this.#loaded = new SparseIndex();
      this.#lastIndexedPosition = kept.length > 0 ? kept.position(kept.length - 1) : Number.NEGATIVE_INFINITY;
    });
  }

  async removeFiles(): Promise<void> {
    for (const path of this.paths) await this.#context.disk.remove(path);
  }

  /** Gives the memory of the files' entries back. */
  shrink(): void {
    this.#loaded = undefined;
    if (this.#loadedBytes > 0) this.#context.resources.indexes.charge(this, -this.#loadedBytes);
    this.#loadedBytes = 0;
  }

  async #spill(segment: Segment): Promise<void> {
    const count = this.#recent.length;
    if (count === 0 || segment.removed) return;
    if (this.#fileBytes === undefined) await this.#load(segment);
    const moved = this.#recent.slice(0, count);
    this.#fileBytes = await this.#append(moved, this.#fileBytes ?? noBytes);
    this.#recent = this.#recent.slice(count);
    if (this.#loaded === undefined) return;
    this.#loaded.addAll(moved);
    this.#keep(this.#loaded);
  }

  async #lookup(segment: Segment, find: (index: SparseIndex) => number): Promise<IndexLookup> {
    const recent = find(this.#recent);
    if (recent >= 0) return lookupAt(segment, this.#recent, recent, undefined);
    const loaded = this.#loaded ?? (await this.#files.run(() => this.#load(segment)));
    this.#context.resources.indexes.charge(this, 0);
    const following = this.#recent.length > 0 ? this.#recent.position(0) : undefined;
    return lookupAt(segment, loaded, find(loaded), following);
  }

  async #load(segment: Segment): Promise<SparseIndex> {
    if (this.#loaded !== undefined) return this.#loaded;
    const limit = this.#filesCover(segment);
    const found = limit > 0 ? await this.#readFiles() : undefined;
    const fits = found !== undefined && found.length > 0 && found.position(found.length - 1) < limit;
    const entries = (fits ? await this.#completed(segment, limit, found) : undefined) ?? (await this.#rebuild(segment));
    this.#keep(entries);
    return entries;
  }

  /** The files' entries with those that they lost at their end, which are put back; undefined when they do not hold. */
  async #completed(segment: Segment, limit: number, found: SparseIndex): Promise<SparseIndex | undefined> {
    const foundCount = found.length;
    const entries = await this.#extended(segment, limit, found);
    if (entries === undefined || entries.length === foundCount) return entries;
    try {
      this.#fileBytes = await this.#append(entries.slice(foundCount), this.#fileBytes ?? noBytes);
    } catch (error) {
      // They would be missing between those that are there and those that come: better none, which are built anew.
      this.#fileBytes = undefined;
      await this.removeFiles();
      this.#context.logger.warn({ file: segment.path, err: error }, 'the indexes of this segment cannot be written');
    }
    return entries;
  }

  /** Adds what is missing behind the last entry; undefined when that one points to no frame. */
  async #extended(segment: Segment, limit: number, entries: SparseIndex): Promise<SparseIndex | undefined> {
    try {
      return await this.#walk(segment, limit, entries);
    } catch (error) {
      if (error instanceof LogError && error.code === 'LOG_DAMAGED') return undefined;
      throw error;
    }
  }

  /** Up to where the files' entries may point: what comes after is in memory. */
  #filesCover(segment: Segment): number {
    return this.#recent.length > 0 ? this.#recent.position(0) : segment.sizeBytes;
  }

  /** @returns undefined when the files are missing or wrong */
  async #readFiles(): Promise<SparseIndex | undefined> {
    try {
      const offsets = await readWholeFile(this.#context.disk, this.#offsetsPath);
      const times = await readWholeFile(this.#context.disk, this.#timesPath);
      const index = decodeIndexFiles({ offsets, times });
      if (index !== undefined) this.#fileBytes = { offsets: offsets.length, times: times.length };
      return index;
    } catch (error) {
      if (error instanceof DiskError && error.code === 'DISK_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** What the files and the memory hold together; undefined when they do not fit. */
  async #allEntries(): Promise<SparseIndex | undefined> {
    const all = this.#fileBytes === noBytes ? new SparseIndex() : await this.#readFiles();
    if (all === undefined || all.length + this.#recent.length === 0) return undefined;
    if (this.#recent.length === 0) return all;
    const fits = all.accepts(this.#recent.relativeOffset(0), this.#recent.position(0), this.#recent.timestampBefore(0));
    if (fits) all.addAll(this.#recent);
    return fits ? all : undefined;
  }

  async #rebuild(segment: Segment): Promise<SparseIndex> {
    const limit = this.#filesCover(segment);
    if (limit > 0) {
      this.#context.counters.rebuiltIndexes++;
      this.#context.logger.warn({ file: segment.path }, 'the indexes of this segment are missing or wrong: built anew');
    }
    const built = await this.#walk(segment, limit);
    this.shrink();
    try {
      this.#fileBytes = undefined;
      await this.removeFiles();
      this.#fileBytes = await this.#append(built, noBytes);
    } catch (error) {
      // Reading goes on without them, on a full disk above all.
      this.#context.logger.warn({ file: segment.path, err: error }, 'the indexes of this segment cannot be written');
    }
    return built;
  }

  /** Builds the entries of all frames before `limit`, behind those that there are. */
  async #walk(segment: Segment, limit: number, built: SparseIndex = new SparseIndex()): Promise<SparseIndex> {
    const { settings, format, resources } = this.#context;
    if (limit === 0) return built;
    const known = built.length - 1;
    const from = known < 0 ? 0 : built.position(known);
    const lease = await resources.files.acquire(segment.path, 'read');
    try {
      const { indexIntervalBytes } = settings;
      const windowBytes = rebuildWindowBytes;
      const walker = new FrameWalker({ file: lease.file, format, from, limit, windowBytes, whole: false });
      let last = known < 0 ? Number.NEGATIVE_INFINITY : from;
      let timestampBefore = known < 0 ? -1 : built.timestampBefore(known);
      let nextOffset = segment.baseOffset + (known < 0 ? 0 : built.relativeOffset(known));
      for (let found = await nextFrame(walker); found !== 'end'; found = await nextFrame(walker)) {
        const { position, header } = walker;
        if (found === 'bad' || !continues(this.#context, header.firstOffset, nextOffset)) {
          throw damagedAt(segment.path, position);
        }
        nextOffset = header.nextOffset;
        const relativeOffset = header.firstOffset - segment.baseOffset;
        if (position === last && relativeOffset !== built.relativeOffset(known))
          throw damagedAt(segment.path, position);
        if (position - last >= indexIntervalBytes) {
          if (!built.accepts(relativeOffset, position, timestampBefore)) throw damagedAt(segment.path, position);
          built.add(relativeOffset, position, timestampBefore);
          last = position;
        }
        timestampBefore = Math.max(timestampBefore, header.maxTimestampMs);
      }
      return built;
    } finally {
      lease.release();
    }
  }

  #keep(loaded: SparseIndex): void {
    const grownBytes = loaded.memoryBytes - this.#loadedBytes;
    this.#loaded = loaded;
    this.#loadedBytes += grownBytes;
    this.#context.resources.indexes.charge(this, grownBytes);
  }

  async #append(entries: SparseIndex, at: FileBytes): Promise<FileBytes> {
    if (entries.length === 0) return at;
    const { offsets, times } = encodeIndexBlocks(entries);
    await this.#write(this.#offsetsPath, offsets, at.offsets);
    await this.#write(this.#timesPath, times, at.times);
    return { offsets: at.offsets + offsets.length, times: at.times + times.length };
  }

  async #write(path: string, bytes: Uint8Array, position: number): Promise<void> {
    const file = await this.#context.disk.open(path, 'write');
    try {
      await file.write([bytes], position);
    } finally {
      await file.close();
    }
  }
}

/** The refusal for bytes of a segment that are no frame, or not the right one. */
export function damagedAt(file: string, position: number, why = 'no valid frame begins there'): LogError {
  return new LogError('LOG_DAMAGED', `${file} is damaged at byte ${position}: ${why}`, { file, position });
}

function lookupAt(segment: Segment, index: SparseIndex, entry: number, following: number | undefined): IndexLookup {
  if (entry < 0) {
    const nextPosition = index.length > 0 ? index.position(0) : following;
    return { position: 0, firstOffset: segment.baseOffset, timestampBefore: -1, nextPosition };
  }
  return {
    position: index.position(entry),
    firstOffset: segment.baseOffset + index.relativeOffset(entry),
    timestampBefore: index.timestampBefore(entry),
    nextPosition: entry + 1 < index.length ? index.position(entry + 1) : following,
  };
}

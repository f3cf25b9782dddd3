import { type DiskFile, makeDurableDirectory } from '@streambus/runtime';
import { type Checkpoint, checkpointFileName, loadCheckpoint } from './checkpoint.ts';
import { LogError } from './errors.ts';
import type { RecoveryReport } from './log.ts';
import type { LogContext } from './log-context.ts';
import type { ResolvedOptions } from './log-options.ts';
import { deletedSuffix } from './log-trimmer.ts';
import { parseSegmentFileName, Segment, type SegmentSummary, segmentFileName } from './segment.ts';
import { damagedAt, SegmentIndex } from './segment-index.ts';
import { findBadFrame, findLaterFrame, rewrite, type ScanResult, scanSegment } from './segment-scan.ts';

/** What recovery came to. */
export interface Recovered {
  readonly segments: Segment[];
  readonly startOffset: number;
  readonly endOffset: number;
  readonly report: RecoveryReport;
  /** {@link Checkpoint.syncedInOrder} of what is on disk; undefined when there is no checkpoint. */
  readonly savedOrder: boolean | undefined;
  /** More is durable than the checkpoint says. */
  readonly saveFirst: boolean;
  /** The checkpoint no longer says what is: the log cannot be used before it is saved. */
  readonly mustSave: boolean;
  /** Names that a save makes superfluous. */
  readonly marks: readonly string[];
}

/** A segment file as found. */
interface FoundSegment {
  readonly baseOffset: number;
  readonly path: string;
  readonly fileBytes: number;
  /** What the checkpoint says of it. */
  readonly saved: SegmentSummary | undefined;
}

/**
 * Brings a log's folder to a state that can be gone on from: reads what came after the recovery point, cuts a torn tail, finishes
 * removals that a crash cut short.
 *
 * @throws LogError `LOG_DAMAGED`, with nothing changed; DiskError
 */
export async function recoverLog(context: LogContext, options: ResolvedOptions): Promise<Recovered> {
  return new Recovery(context, options).run();
}

class Recovery {
  readonly #context: LogContext;
  readonly #options: ResolvedOptions;
  readonly #segments: Segment[] = [];
  #checkpoint: Checkpoint | undefined;
  /** The files of segments up to this base offset were removed on purpose. */
  #deletedUpTo = -1;
  #marks: string[] = [];
  #scannedSegments = 0;
  #scannedBytes = 0;
  #clean = true;
  #truncated: RecoveryReport['truncated'];

  constructor(context: LogContext, options: ResolvedOptions) {
    this.#context = context;
    this.#options = options;
  }

  async run(): Promise<Recovered> {
    const startedMs = this.#context.clock.monotonicMs();
    await this.#makeFolder();
    this.#checkpoint = await this.#loadCheckpoint();
    const found = await this.#findSegments();
    const startOffset = this.#findStart(found);
    await this.#readSegments(found);
    return {
      segments: this.#segments,
      startOffset,
      endOffset: this.#segments.at(-1)?.endOffset ?? startOffset,
      savedOrder: this.#checkpoint?.syncedInOrder,
      saveFirst: !this.#clean,
      mustSave: this.#checkpoint?.resetting === true || this.#marks.length > 0,
      marks: this.#marks,
      report: this.#report(startedMs),
    };
  }

  #report(startedMs: number): RecoveryReport {
    const truncated = this.#truncated;
    return {
      clean: this.#clean,
      segments: this.#segments.length,
      scannedSegments: this.#scannedSegments,
      scannedBytes: this.#scannedBytes,
      durationMs: this.#context.clock.monotonicMs() - startedMs,
      ...(truncated && { truncated }),
    };
  }

  async #makeFolder(): Promise<void> {
    await makeDurableDirectory(this.#context.disk, this.#context.folder);
  }

  async #loadCheckpoint(): Promise<Checkpoint | undefined> {
    const { disk, folder, format } = this.#context;
    const checkpoint = await loadCheckpoint(disk, `${folder}/${checkpointFileName}`);
    if (checkpoint === undefined) return undefined;
    if (checkpoint.format !== format.name) {
      const message = `the log in ${folder} holds frames of format ${checkpoint.format}; it was opened with ${format.name}`;
      throw new LogError('LOG_INVALID_OPTION', message);
    }
    return checkpoint;
  }

  /** Finds the live segments' files, and removes those that a crash left of removed ones. */
  async #findSegments(): Promise<FoundSegment[]> {
    const { disk, folder } = this.#context;
    const names = (await disk.list(folder)).filter(({ kind }) => kind === 'file').map(({ name }) => name);
    for (const name of names.filter((candidate) => candidate.endsWith(deletedSuffix))) {
      const baseOffset = parseSegmentFileName(name.slice(0, -deletedSuffix.length));
      if (baseOffset === undefined) continue;
      this.#marks.push(`${folder}/${name}`);
      this.#deletedUpTo = Math.max(this.#deletedUpTo, baseOffset);
    }
    const baseOffsets = names.map(parseSegmentFileName).filter((offset) => offset !== undefined);
    const isLive = this.#liveTest();
    await this.#removeFiles(baseOffsets.filter((offset) => !isLive(offset)));
    return this.#matchCheckpoint(baseOffsets.filter(isLive));
  }

  #liveTest(): (baseOffset: number) => boolean {
    const checkpoint = this.#checkpoint;
    if (checkpoint?.resetting === true) return () => false;
    const first = checkpoint?.segments[0]?.baseOffset ?? checkpoint?.startOffset ?? 0;
    return (baseOffset) => baseOffset >= first && baseOffset > this.#deletedUpTo;
  }

  async #matchCheckpoint(baseOffsets: readonly number[]): Promise<FoundSegment[]> {
    const { disk, folder } = this.#context;
    const saved = new Map(this.#savedSegments().map((summary) => [summary.baseOffset, summary]));
    const found: FoundSegment[] = [];
    for (const baseOffset of baseOffsets) {
      const path = `${folder}/${segmentFileName(baseOffset)}`;
      const fileBytes = (await disk.stat(path))?.sizeBytes ?? 0;
      found.push({ baseOffset, path, fileBytes, saved: saved.get(baseOffset) });
      saved.delete(baseOffset);
    }
    for (const baseOffset of saved.keys()) {
      throw damagedAt(`${folder}/${segmentFileName(baseOffset)}`, 0, 'the file is missing');
    }
    return found;
  }

  #savedSegments(): readonly SegmentSummary[] {
    return (this.#checkpoint?.segments ?? []).filter(({ baseOffset }) => baseOffset > this.#deletedUpTo);
  }

  #findStart(found: readonly FoundSegment[]): number {
    const first = found[0]?.baseOffset;
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined) return first ?? this.#options.initialOffset;
    const { startOffset, segments } = checkpoint;
    if (this.#deletedUpTo >= 0) return Math.max(startOffset, first ?? segments.at(-1)?.endOffset ?? 0);
    if (this.#context.offsets === 'dense' && first !== undefined && first > startOffset) {
      throw damagedAt(`${this.#context.folder}/${segmentFileName(startOffset)}`, 0, 'the file is missing');
    }
    return startOffset;
  }

  async #readSegments(found: readonly FoundSegment[]): Promise<void> {
    for (const [index, file] of found.entries()) {
      const later = found.slice(index + 1);
      if (!this.#follows(file, found[index - 1])) {
        await this.#dropUnordered([file, ...later]);
        return;
      }
      await this.#readSegment(file, later);
      if (this.#truncated !== undefined) return;
      if (later.length > 0) (this.#segments.at(-1) as Segment).sealed = true;
    }
  }

  /** Whether a file begins where the one before it ends; a gap is damage unless a loss of power explains it. */
  #follows(file: FoundSegment, before: FoundSegment | undefined): boolean {
    const last = this.#segments.at(-1);
    if (last === undefined || before === undefined) return true;
    const { baseOffset } = file;
    if (this.#context.offsets === 'dense' ? baseOffset === last.endOffset : baseOffset >= last.endOffset) return true;
    if (!this.#mayBeUnordered || file.saved !== undefined) {
      const why = `the next segment begins at offset ${baseOffset}, and the frames before it end at ${last.endOffset}`;
      throw damagedAt(before.path, before.fileBytes, why);
    }
    return false;
  }

  async #readSegment(file: FoundSegment, later: readonly FoundSegment[]): Promise<void> {
    const { saved, fileBytes, path } = file;
    const durableBytes = saved?.sizeBytes ?? 0;
    if (fileBytes < durableBytes) {
      throw damagedAt(path, fileBytes, `the file ends there, and must have ${durableBytes} bytes`);
    }
    const isSealed = saved !== undefined && saved !== this.#savedSegments().at(-1);
    if (isSealed && fileBytes > durableBytes) {
      throw damagedAt(path, durableBytes, 'the segment was complete there, and more follows');
    }
    const from = this.#options.verify === 'all' ? 0 : durableBytes;
    const segment = this.#createSegment(file, from);
    if (fileBytes > from) await this.#scan(segment, file, from, later);
    this.#segments.push(segment);
  }

  #createSegment({ baseOffset, path, saved }: FoundSegment, from: number): Segment {
    const nowMs = this.#context.clock.wallTimeMs();
    const { createdMs = nowMs, lastAppendMs = nowMs } = saved ?? {};
    const empty = { baseOffset, sizeBytes: 0, endOffset: baseOffset, maxTimestampMs: -1, createdMs, lastAppendMs };
    const summary = from > 0 && saved !== undefined ? saved : empty;
    return new Segment(path, summary, new SegmentIndex(this.#context, path, false));
  }

  async #scan(segment: Segment, found: FoundSegment, from: number, later: readonly FoundSegment[]): Promise<void> {
    const { fileBytes, saved } = found;
    const durableBytes = saved?.sizeBytes ?? 0;
    const file = await this.#context.disk.open(segment.path, 'write');
    try {
      await this.#restartIndex(segment, file, from, durableBytes);
      const result = await scanSegment(this.#context, segment, file, from, fileBytes);
      this.#scannedSegments++;
      this.#scannedBytes += fileBytes - from;
      if (result.bad !== undefined) await this.#cutTail(segment, file, { found, later, result, durableBytes });
      if (fileBytes === durableBytes) return;
      this.#clean = false;
      segment.lastAppendMs = this.#context.clock.wallTimeMs();
      await rewrite(file, durableBytes, segment.sizeBytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (segment.index.wantsSpill || later.length > 0) await segment.index.spill(segment);
  }

  /** An index is completed by walking over headers, which meets damage late: the refusal names where it begins. */
  async #restartIndex(segment: Segment, file: DiskFile, from: number, durableBytes: number): Promise<void> {
    try {
      await segment.index.restart(segment, from);
    } catch (thrown) {
      if (!(thrown instanceof LogError) || thrown.code !== 'LOG_DAMAGED') throw thrown;
      const badFrame = await findBadFrame(this.#context, segment, file, durableBytes);
      throw badFrame === undefined ? thrown : damagedAt(segment.path, badFrame);
    }
  }

  async #cutTail(segment: Segment, file: DiskFile, tail: BadTail): Promise<void> {
    const { found, later, result, durableBytes } = tail;
    const { path, fileBytes } = found;
    const { position } = result;
    if (position < durableBytes) throw damagedAt(path, position);
    // Whatever took the tail may have taken more. Only then is the durable part worth reading: where nothing is cut, nothing is lost.
    const badFrame = await findBadFrame(this.#context, segment, file, durableBytes);
    if (badFrame !== undefined) throw damagedAt(path, badFrame);
    const followedBy = await this.#whatFollows(segment, file, tail);
    if (followedBy !== undefined && !this.#mayBeUnordered) {
      throw damagedAt(path, position, `no valid frame begins there, and ${followedBy}`);
    }
    await this.#removeFiles(later.map(({ baseOffset }) => baseOffset));
    await file.truncate(position);
    const reason = followedBy === undefined ? (result.bad ?? 'garbage') : 'unordered';
    this.#noteTruncated(
      path,
      position,
      later.reduce((total, gone) => total + gone.fileBytes, fileBytes - position),
      reason,
      segment.endOffset,
    );
  }

  /** What comes after the bad bytes and shows that they are no torn tail. */
  async #whatFollows(segment: Segment, file: DiskFile, { found, later, result }: BadTail): Promise<string | undefined> {
    const next = later[0];
    if (next !== undefined) return `${next.path} follows`;
    const { position } = result;
    const frame = await findLaterFrame(this.#context, file, position, found.fileBytes, segment.endOffset);
    if (frame === 'too-costly') return 'it cannot be told whether valid ones follow';
    return frame === undefined ? undefined : `a valid one follows at byte ${frame}`;
  }

  /** The files lie after a gap that a loss of power explains. */
  async #dropUnordered(files: readonly FoundSegment[]): Promise<void> {
    const last = this.#segments.at(-1) as Segment;
    last.sealed = false;
    this.#clean = false;
    await this.#removeFiles(files.map(({ baseOffset }) => baseOffset));
    const bytes = files.reduce((total, { fileBytes }) => total + fileBytes, 0);
    this.#noteTruncated(last.path, last.sizeBytes, bytes, 'unordered', last.endOffset);
  }

  #noteTruncated(
    file: string,
    position: number,
    bytes: number,
    reason: NonNullable<RecoveryReport['truncated']>['reason'],
    endOffset: number,
  ): void {
    this.#truncated = { file, position, bytes, reason, endOffset };
    this.#context.logger.warn({ ...this.#truncated }, 'the tail of the log was cut off at recovery');
  }

  /** Removes segments' files, the last one first, so that a crash leaves no gap. */
  async #removeFiles(baseOffsets: readonly number[]): Promise<void> {
    if (baseOffsets.length === 0) return;
    const { disk, folder } = this.#context;
    for (const baseOffset of [...baseOffsets].reverse()) {
      const path = `${folder}/${segmentFileName(baseOffset)}`;
      await disk.remove(path);
      await new SegmentIndex(this.#context, path, false).removeFiles();
    }
    await disk.syncDirectory(folder);
  }

  /** Whether writes after the recovery point can have reached the disk in another order than they were made. */
  get #mayBeUnordered(): boolean {
    return !(this.#checkpoint?.syncedInOrder ?? this.#options.settings.sync.kind === 'acked');
  }
}

/** A place where the frames end before their file does. */
interface BadTail {
  readonly found: FoundSegment;
  readonly later: readonly FoundSegment[];
  readonly result: ScanResult;
  readonly durableBytes: number;
}

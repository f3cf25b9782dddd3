import { checksummedFrames, framesIn, type Log, type LogSettings, type RecoveryReport } from '@streambus/log';
import { createSeededRandom, type DiskLoss, type SeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, createBench, frame, readAll } from './support/test-log.ts';

/** A log as a plain array. */
interface ModelFrame {
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly timestampMs: number;
  readonly bytes: Uint8Array;
}

const settings: LogSettings = { segmentBytes: 600, indexIntervalBytes: 100, checkpointBytes: 900, tailCacheBytes: 300 };

const policies = [{ kind: 'acked' }, { kind: 'os' }, { kind: 'interval', intervalMs: 10, intervalBytes: 500 }] as const;

type Operation = (run: Run) => Promise<void>;

/** One log, on one disk, held against the array after every operation. */
class Run {
  readonly random: SeededRandom;
  readonly bench: ReturnType<typeof createBench>;
  log!: Log;
  frames: ModelFrame[] = [];
  start = 0;
  /** Where an empty log ends. */
  base = 0;
  timestampMs = 1000;
  policy: (typeof policies)[number];
  /** Operations of the disk until the power fails. */
  fuse = Number.POSITIVE_INFINITY;
  loss: DiskLoss = 'none';
  crashed = false;
  /** The durable end before the operation that is under way, and what else that may leave. */
  durableBefore = 0;
  outcomes: { start: number; durable: number; base: number; frames: ModelFrame[] }[] = [];

  constructor(seed: number) {
    this.random = createSeededRandom(seed);
    this.policy = policies[this.random.below(3)] ?? policies[0];
    this.bench = createBench(seed, { beforeOperation: () => this.burn() });
  }

  get end(): number {
    return this.frames.at(-1)?.nextOffset ?? this.base;
  }

  burn(): void {
    if (this.fuse-- !== 0) return;
    this.crashed = true;
    this.bench.disk.crash(this.loss);
  }

  /** Does something that the power failure may end anywhere. */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.bench.clock.until(work());
    } catch (error) {
      if (!this.crashed) throw error;
    }
    return !this.crashed;
  }

  async open(): Promise<RecoveryReport> {
    const { log, recovery } = await this.bench.open({ ...settings, sync: this.policy });
    this.log = log;
    return recovery;
  }

  /** Recovery itself may be cut short by the next crash. */
  async recover(): Promise<void> {
    this.fuse = this.random.below(2) === 0 ? this.random.below(60) : Number.POSITIVE_INFINITY;
    for (;;) {
      this.crashed = false;
      try {
        await this.open();
        this.fuse = Number.POSITIVE_INFINITY;
        return;
      } catch (error) {
        if (!this.crashed) throw error;
      }
    }
  }

  append(count: number): void {
    for (let index = 0; index < count; index++) {
      const offsets = 1 + this.random.below(4);
      this.timestampMs += this.random.below(20) - 8;
      const made = frame(this.end, this.random.below(120), offsets, this.timestampMs);
      this.log.append(made);
      const { firstOffset, nextOffset } = made;
      this.frames.push({ firstOffset, nextOffset, timestampMs: this.timestampMs, bytes: bytesOf(made.chunks) });
    }
  }

  /** Frames that a cut at this offset leaves. */
  below(offset: number): ModelFrame[] {
    return this.frames.filter(({ nextOffset }) => nextOffset <= offset);
  }

  cutEnd(offset: number): number {
    return this.below(offset).at(-1)?.nextOffset ?? Math.min(offset, this.frames[0]?.firstOffset ?? this.base);
  }

  /** After a crash: the log must be what the array says, or what an operation under way would have left. */
  async reopenAfterCrash(): Promise<void> {
    const asIs = { start: this.start, durable: this.durableBefore, base: this.base, frames: this.frames };
    const candidates = [asIs, ...this.outcomes];
    this.outcomes = [];
    await this.recover();
    const all = await this.bench.clock.until(readAll(this.log));
    const found = [...framesIn(checksummedFrames, all.chunks)];
    const match = candidates.find((candidate) => this.matches(candidate, found));
    expect(
      match,
      `start ${this.log.startOffset}, end ${this.log.endOffset}: none of ${describeCandidates(candidates)}`,
    ).toBeDefined();
    if (match === undefined) return;
    this.frames = match.frames.filter(({ nextOffset }) => nextOffset <= this.log.endOffset);
    this.base = Math.min(match.base, this.log.endOffset);
    if (this.frames.length === 0) this.base = this.log.endOffset;
    this.start = this.log.startOffset;
  }

  matches(candidate: Run['outcomes'][number], found: { bytes: Uint8Array; firstOffset: number }[]): boolean {
    const { startOffset, endOffset } = this.log;
    const end = candidate.frames.at(-1)?.nextOffset ?? candidate.base;
    if (endOffset < Math.min(candidate.durable, end) || endOffset > end) return false;
    // Retention and truncation of the prefix may have come further than the array knows.
    if (startOffset < Math.min(candidate.start, endOffset)) return false;
    const kept = candidate.frames.filter(({ nextOffset }) => nextOffset <= endOffset);
    if ((kept.at(-1)?.nextOffset ?? candidate.base) !== endOffset) return false;
    const expected = kept.filter(({ nextOffset }) => nextOffset > startOffset);
    return (
      expected.length === found.length &&
      expected.every(({ bytes }, index) => Buffer.compare(bytes, found[index]?.bytes ?? new Uint8Array()) === 0)
    );
  }

  async checkUnlessCrashed(): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      if (!this.crashed) throw error;
    }
  }

  async check(): Promise<void> {
    const { log } = this;
    expect(log.startOffset).toBe(this.start);
    expect(log.endOffset).toBe(this.end);
    expect(log.durableEndOffset).toBeLessThanOrEqual(log.writtenEndOffset);
    expect(log.writtenEndOffset).toBeLessThanOrEqual(log.endOffset);
    const span = log.endOffset - log.startOffset;
    const fromOffset = log.startOffset + this.random.below(span + 1);
    const maxBytes = this.random.below(700);
    const endOffset = fromOffset + this.random.below(span + 1);
    const minOneFrame = this.random.below(2) === 0;
    const request = { fromOffset, maxBytes, endOffset, minOneFrame, verify: true };
    const read = log.readTail(request) ?? (await this.bench.clock.until(log.read(request)));
    this.checkRead(read, request);
  }

  checkRead(
    read: { chunks: readonly Uint8Array[]; sizeBytes: number; firstOffset: number; nextOffset: number },
    request: { fromOffset: number; maxBytes: number; endOffset: number; minOneFrame: boolean },
  ): void {
    const found = [...framesIn(checksummedFrames, read.chunks)];
    const wanted = this.frames.filter(
      ({ nextOffset }) => nextOffset > request.fromOffset && nextOffset <= request.endOffset,
    );
    for (const [index, { bytes }] of found.entries()) expect(bytes).toEqual(wanted[index]?.bytes);
    expect(read.sizeBytes).toBe(found.reduce((total, { bytes }) => total + bytes.length, 0));
    expect(read.firstOffset).toBe(found[0]?.firstOffset ?? request.fromOffset);
    expect(read.nextOffset).toBe(found.at(-1)?.nextOffset ?? request.fromOffset);
    if (found.length !== 1 || !request.minOneFrame) expect(read.sizeBytes).toBeLessThanOrEqual(request.maxBytes);
    const first = wanted[0];
    if (first !== undefined && (request.minOneFrame || first.bytes.length <= request.maxBytes)) {
      expect(found.length).toBeGreaterThan(0);
    }
  }
}

function describeCandidates(candidates: Run['outcomes']): string {
  return JSON.stringify(
    candidates.map(({ start, durable, base, frames }) => ({ start, durable, base, end: frames.at(-1)?.nextOffset })),
  );
}

const operations: Record<string, Operation> = {
  async append(run) {
    run.append(1 + run.random.below(8));
  },
  async appendAndWait(run) {
    run.append(1 + run.random.below(8));
    const end = run.end;
    await run.attempt(() => run.log.whenWritten(end));
  },
  async flush(run) {
    const end = run.end;
    if (await run.attempt(() => run.log.flush())) expect(run.log.durableEndOffset).toBeGreaterThanOrEqual(end);
  },
  async passTime(run) {
    await run.bench.clock.advance(run.random.below(30));
  },
  async checkpoint(run) {
    await run.attempt(() => run.log.checkpoint());
  },
  async configure(run) {
    run.policy = policies[run.random.below(3)] ?? policies[0];
    run.log.configure({ sync: run.policy });
  },
  async retain(run) {
    const retentionBytes = run.random.below(3000);
    await run.attempt(() => run.log.retain({ nowMs: run.bench.clock.wallTimeMs(), retentionBytes }));
    if (run.crashed) return;
    expect(run.log.startOffset).toBeGreaterThanOrEqual(run.start);
    run.start = run.log.startOffset;
    if (run.frames.every(({ nextOffset }) => nextOffset <= run.start)) run.base = run.end;
  },
  async truncatePrefix(run) {
    const offset = run.start + run.random.below(run.end - run.start + 1);
    if (await run.attempt(() => run.log.truncatePrefix(offset))) run.start = Math.max(run.start, offset);
  },
  async truncateSuffix(run) {
    const offset = run.start + run.random.below(run.end - run.start + 1);
    const end = run.cutEnd(offset);
    const cut = { start: Math.min(run.start, end), durable: end, base: Math.min(run.base, end), frames: run.frames };
    run.outcomes.push(cut);
    if (!(await run.attempt(() => run.log.truncateSuffix(offset)))) return;
    expect(run.log.endOffset).toBe(end);
    run.frames = run.below(offset);
    if (run.frames.length === 0) run.base = end;
    run.start = Math.min(run.start, end);
  },
  async reset(run) {
    const offset = run.random.below(3) === 0 ? run.random.below(run.end + 1) : run.end + run.random.below(100);
    run.outcomes.push({ start: offset, durable: offset, base: offset, frames: [] });
    if (!(await run.attempt(() => run.log.reset(offset)))) return;
    run.frames = [];
    run.base = offset;
    run.start = offset;
  },
  async findByTimestamp(run) {
    if (!(await run.attempt(() => run.log.flush()))) return;
    const wanted = run.timestampMs - 100 + run.random.below(150);
    const live = run.frames.filter(({ nextOffset }) => nextOffset > run.start);
    const expected = live.find(({ timestampMs }) => timestampMs >= wanted);
    const latestMs = Math.max(-1, ...live.map(({ timestampMs }) => timestampMs));
    const latest = live.find(({ timestampMs }) => timestampMs === latestMs);
    await run.attempt(async () => {
      expect((await run.log.offsetForTimestamp(wanted))?.firstOffset).toBe(expected?.firstOffset);
      expect((await run.log.latestTimestamp())?.firstOffset).toBe(latest?.firstOffset);
    });
  },
  async closeAndOpen(run) {
    if (!(await run.attempt(() => run.log.close()))) return;
    try {
      expect(await run.open()).toMatchObject({ clean: true });
    } catch (error) {
      if (!run.crashed) throw error;
    }
  },
  async crash(run) {
    run.crashed = true;
    run.bench.disk.crash((['none', 'unsynced', 'torn'] as const)[run.random.below(3)]);
  },
  async crashSoon(run) {
    run.loss = (['none', 'unsynced', 'torn'] as const)[run.random.below(3)] ?? 'none';
    run.fuse = run.random.below(40);
  },
};

const weights: Record<string, number> = { append: 6, appendAndWait: 6, flush: 2, crashSoon: 2 };
const names = Object.keys(operations).flatMap((name) => Array<string>(weights[name] ?? 1).fill(name));

async function play(seed: number, steps: readonly string[]): Promise<void> {
  const run = new Run(seed);
  await run.open();
  for (const step of steps) {
    run.durableBefore = run.log.durableEndOffset;
    await operations[step]?.(run);
    if (!run.crashed) await run.checkUnlessCrashed();
    if (!run.crashed) {
      run.outcomes = [];
      continue;
    }
    // What became durable while the operation ran was promised too.
    if (run.outcomes.length === 0) run.durableBefore = Math.max(run.durableBefore, run.log.durableEndOffset);
    await run.reopenAfterCrash();
    await run.check();
  }
  run.fuse = Number.POSITIVE_INFINITY;
  await run.bench.clock.until(run.log.close());
}

describe('the log against an array', () => {
  it('holds through any row of operations, crashes and losses of power', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.constantFrom(...names), { minLength: 5, maxLength: 60 }), play),
      { numRuns: Number(process.env['LOG_MODEL_RUNS'] ?? 150) },
    );
  });
});

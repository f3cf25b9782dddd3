import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlightWindow } from './flight-window.ts';

const kibibyte = 1024;
const chunkBytes = 64 * kibibyte;
const mebibyte = 1024 * 1024;
const minWindowBytes = 256 * kibibyte;
const initialWindowBytes = mebibyte;
const maxWindowBytes = 16 * mebibyte;

/** A way to a peer that acknowledges every 64 KiB. */
interface Path {
  readonly roundTripMs: number;
  readonly bytesPerMs: number;
}

/** What a sender has to send. */
interface Load {
  /** Per write; what the window allows of it leaves at once. */
  readonly bytes: number;
  readonly everyMs: number;
}

const stepMs = 0.1;

/** Sends over a path in small steps of time. */
class Run {
  readonly window = new FlightWindow();
  nowMs = 1000;
  /** The longest that a byte was under way since this was last set to 0. */
  maxDelayMs = 0;
  minWindowBytes = Number.POSITIVE_INFINITY;
  #waiting = 0;
  #lineFreeMs = 0;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #arrivals: { readonly atMs: number; readonly sentMs: number; readonly totalBytes: number }[] = [];
  #acknowledgements: { readonly atMs: number; readonly totalBytes: number }[] = [];

  over(path: Path, load: Load, durationMs: number): this {
    const endMs = this.nowMs + durationMs;
    this.maxDelayMs = 0;
    this.minWindowBytes = Number.POSITIVE_INFINITY;
    for (let dueMs = this.nowMs; this.nowMs < endMs; this.nowMs += stepMs) {
      for (; dueMs <= this.nowMs; dueMs += load.everyMs) this.#waiting += load.bytes;
      this.#arrive(path);
      this.#send(path, load.bytes);
      this.minWindowBytes = Math.min(this.minWindowBytes, this.window.windowBytes);
    }
    return this;
  }

  #send({ roundTripMs, bytesPerMs }: Path, writeBytes: number): void {
    while (this.#waiting > 0 && this.window.room() > 0) {
      const bytes = Math.min(
        this.#waiting,
        writeBytes,
        Math.ceil(this.window.room() / chunkBytes) * chunkBytes,
        4 * chunkBytes,
      );
      this.#waiting -= bytes;
      this.window.sent(bytes, this.nowMs);
      for (let left = bytes; left > 0; left -= chunkBytes) {
        const pieceBytes = Math.min(left, chunkBytes);
        this.#sentBytes += pieceBytes;
        this.#lineFreeMs = Math.max(this.#lineFreeMs, this.nowMs) + pieceBytes / bytesPerMs;
        const atMs = this.#lineFreeMs + roundTripMs / 2;
        this.#arrivals.push({ atMs, sentMs: this.nowMs, totalBytes: this.#sentBytes });
      }
    }
  }

  #arrive({ roundTripMs }: Path): void {
    for (let next = this.#arrivals[0]; next !== undefined && next.atMs <= this.nowMs; next = this.#arrivals[0]) {
      this.#arrivals.shift();
      this.maxDelayMs = Math.max(this.maxDelayMs, next.atMs - next.sentMs);
      if (next.totalBytes - this.#acknowledgedBytes < 64 * kibibyte) continue;
      this.#acknowledgedBytes = next.totalBytes;
      this.#acknowledgements.push({ atMs: next.atMs + roundTripMs / 2, totalBytes: next.totalBytes });
    }
    for (
      let next = this.#acknowledgements[0];
      next !== undefined && next.atMs <= this.nowMs;
      next = this.#acknowledgements[0]
    ) {
      this.#acknowledgements.shift();
      this.window.acknowledged(next.totalBytes, this.nowMs);
    }
  }
}

const flood: Load = { bytes: mebibyte, everyMs: stepMs };

describe('how much may be under way', () => {
  it('at first 1 MiB, and less by what is', () => {
    const window = new FlightWindow();
    expect([window.room(), window.windowBytes]).toEqual([initialWindowBytes, initialWindowBytes]);
    window.sent(300_000, 0);
    expect([window.room(), window.inflightBytes, window.sentBytes]).toEqual([
      initialWindowBytes - 300_000,
      300_000,
      300_000,
    ]);
    window.acknowledged(200_000, 1);
    expect([window.inflightBytes, window.room()]).toEqual([100_000, initialWindowBytes - 100_000]);
  });

  it('grows by what arrives while it is what holds something back', () => {
    const window = new FlightWindow();
    window.sent(initialWindowBytes, 0);
    expect(window.room()).toBe(0);
    window.acknowledged(300_000, 1);
    expect(window.windowBytes).toBe(initialWindowBytes + 300_000);
    window.acknowledged(400_000, 1);
    expect(window.windowBytes).toBe(initialWindowBytes + 300_000);
  });

  it('shrinks by a quarter when bytes begin to wait, once for what was under way', () => {
    const window = new FlightWindow();
    window.sent(100_000, 0);
    window.acknowledged(100_000, 2);
    for (const atMs of [10, 11, 12]) window.sent(100_000, atMs);
    window.acknowledged(200_000, 17.1);
    expect(window.windowBytes).toBe((initialWindowBytes * 3) / 4);
    window.acknowledged(300_000, 30);
    expect(window.windowBytes).toBe((initialWindowBytes * 3) / 4);
    window.acknowledged(400_000, 30);
    expect(window.windowBytes).toBe(Math.floor((initialWindowBytes * 9) / 16));
  });

  it('stays as it is for a delay of three milliseconds more than the shortest', () => {
    const window = new FlightWindow();
    window.sent(100_000, 0);
    window.acknowledged(100_000, 2);
    window.sent(100_000, 10);
    window.acknowledged(200_000, 15);
    expect(window.windowBytes).toBe(initialWindowBytes);
  });

  it('is measured by the way as it was in the last ten seconds or so: a longer way is no delay for ever', () => {
    const run = new Run().over({ roundTripMs: 1, bytesPerMs: mebibyte }, flood, 1000);
    run.over({ roundTripMs: 80, bytesPerMs: mebibyte }, flood, 5000);
    expect(run.window.windowBytes).toBe(minWindowBytes);
    run.over({ roundTripMs: 80, bytesPerMs: mebibyte }, flood, 30_000);
    expect(run.window.windowBytes).toBeGreaterThan(0.7 * maxWindowBytes);
  });
});

describe('over a path', () => {
  it.each([
    [10, 10 * mebibyte],
    [30, 10 * mebibyte],
    [100, 10 * mebibyte],
    [400, 10 * mebibyte],
  ])(
    'of %i ms that carries whatever comes, it grows to about its maximum and stays there',
    (roundTripMs, bytesPerMs) => {
      const path = { roundTripMs, bytesPerMs };
      const run = new Run().over(path, flood, 40 * roundTripMs);
      expect(run.over(path, flood, 10 * roundTripMs).minWindowBytes).toBeGreaterThan(0.9 * maxWindowBytes);
    },
  );

  it.each([
    [0.2, 100_000],
    [1, 200_000],
    [20, 100_000],
  ])('of %f ms and %i bytes in each, nothing waits long, and the line is never idle', (roundTripMs, bytesPerMs) => {
    const run = new Run().over({ roundTripMs, bytesPerMs }, flood, 3000);
    const before = run.window.sentBytes;
    run.over({ roundTripMs, bytesPerMs }, flood, 3000);
    expect(run.maxDelayMs).toBeLessThan(roundTripMs / 2 + 12);
    expect(run.window.sentBytes - before).toBeGreaterThan(0.9 * 3000 * bytesPerMs);
  });

  it('of a peer that is slow, it is the least there is and not less', () => {
    const run = new Run().over({ roundTripMs: 1, bytesPerMs: 5000 }, flood, 5000);
    expect([run.window.windowBytes, run.minWindowBytes]).toEqual([minWindowBytes, minWindowBytes]);
  });

  it('many short writes say no more than they know: their delay is that of the path', () => {
    const run = new Run().over({ roundTripMs: 40, bytesPerMs: mebibyte }, { bytes: 1000, everyMs: stepMs }, 5000);
    expect(run.window.windowBytes).toBe(initialWindowBytes);
    run.over({ roundTripMs: 40, bytesPerMs: mebibyte }, flood, 2000);
    expect(run.minWindowBytes).toBe(initialWindowBytes);
    expect(run.window.windowBytes).toBeGreaterThan(0.9 * maxWindowBytes);
  });
});

describe('over a way that is longer than what is remembered', () => {
  it('the delay of what was forgotten is not known, and so nothing looks like waiting afterwards', () => {
    const path = { roundTripMs: 800, bytesPerMs: 10 * mebibyte };
    const run = new Run().over(path, { bytes: 1000, everyMs: 1 }, 5000);
    expect(run.over(path, flood, 5000).minWindowBytes).toBe(initialWindowBytes);
    expect(run.window.windowBytes).toBeGreaterThan(2 * initialWindowBytes);
  });
});

describe('whatever a peer acknowledges', () => {
  it('within what was sent: the window keeps its bounds, and what is under way its count', () => {
    const aStep = fc.oneof(
      fc.record({ sent: fc.integer({ min: 1, max: 400_000 }) }),
      fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ waitMs: fc.constantFrom(0, 0.3, 4, 30, 20_000) }),
      fc.constant({ ask: true }),
    );
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 300 }), (steps) => {
        const window = new FlightWindow();
        let [nowMs, sent, acknowledged] = [5, 0, 0];
        for (const step of steps) {
          if ('sent' in step) {
            window.sent(step.sent, nowMs);
            sent += step.sent;
          } else if ('share' in step) {
            acknowledged += Math.floor((sent - acknowledged) * step.share);
            window.acknowledged(acknowledged, nowMs);
          } else if ('waitMs' in step) nowMs += step.waitMs;
          else window.room();
          expect(window.windowBytes).toBeGreaterThanOrEqual(minWindowBytes);
          expect(window.windowBytes).toBeLessThanOrEqual(maxWindowBytes);
          expect([window.inflightBytes, window.sentBytes]).toEqual([sent - acknowledged, sent]);
        }
      }),
    );
  });

  it('the same again, or nothing of nothing: no more room, and no less', () => {
    const window = new FlightWindow();
    window.acknowledged(0, 100);
    window.sent(2 * mebibyte, 100);
    window.acknowledged(mebibyte, 101);
    for (const atMs of [102, 120, 5000]) window.acknowledged(mebibyte, atMs);
    expect(window.windowBytes).toBe(initialWindowBytes);
  });

  it('byte by byte, and early: it has only itself to blame, and gets no more than the maximum', () => {
    const window = new FlightWindow();
    let acknowledged = 0;
    for (let time = 0; time < 5000; time++) {
      const room = window.room();
      if (room > 0) window.sent(room, time);
      window.room();
      acknowledged += time % 2 === 0 ? 1 : window.inflightBytes;
      window.acknowledged(acknowledged, time);
    }
    expect(window.windowBytes).toBe(maxWindowBytes);
  });
});

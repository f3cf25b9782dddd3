/** When what was written has to be on stable storage: the broker's `flush.policy`. */
export type FlushPolicy = 'acked' | 'interval' | 'os';

export const flushPolicies: readonly FlushPolicy[] = ['acked', 'interval', 'os'];

/** What a Produce request carries. */
export interface Shape {
  readonly name: string;
  readonly recordBytes: number;
  readonly recordsPerBatch: number;
  /** Requests that one connection sends before it waits for an answer. */
  readonly depth: number;
}

const kib = 1024;

/** As real clients send them: alone where nothing is gathered, else in the batches that librdkafka and the Java client make. */
export const shapes: readonly Shape[] = [
  { name: '100 B, alone', recordBytes: 100, recordsPerBatch: 1, depth: 64 },
  { name: '100 B, in 16 KiB', recordBytes: 100, recordsPerBatch: Math.floor((16 * kib) / 108), depth: 8 },
  { name: '1 KiB, alone', recordBytes: kib, recordsPerBatch: 1, depth: 32 },
  { name: '1 KiB, in 64 KiB', recordBytes: kib, recordsPerBatch: 63, depth: 5 },
];

/** Connections that the raw client opens: as many as keep a broker of one thread busy. */
export const connectionCount = 4;

/** How much of everything is measured. */
export interface Plan {
  readonly starts: number;
  readonly idleMs: number;
  readonly shapes: readonly Shape[];
  /** Each side of a comparison is measured so often, in turns. */
  readonly rounds: number;
  /** A broker that has just been started runs uncompiled code; it is loaded so long before it is measured. */
  readonly compileMs: number;
  /** Before each window. */
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** How long each client produces. */
  readonly clientMs: number;
}

export const usualPlan: Plan = {
  starts: 15,
  idleMs: 5000,
  shapes,
  rounds: 3,
  compileMs: 3000,
  warmUpMs: 500,
  windowMs: 600,
  clientMs: 1500,
};

/** The same in less time: a look, no result. */
export const quickPlan: Plan = {
  starts: 5,
  idleMs: 2000,
  shapes: shapes.filter(({ name }) => name.includes(' in ')),
  rounds: 1,
  compileMs: 1000,
  warmUpMs: 300,
  windowMs: 400,
  clientMs: 500,
};

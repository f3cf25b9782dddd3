import type { PairLoad } from './pair.ts';

/** One of the three questions that every contender is asked. */
export interface NamedLoad extends PairLoad {
  readonly name: string;
}

const kib = 1024;
const mib = 1024 * kib;

export const loads = {
  roundTrips: { name: '64 B, one in flight', work: 'round-trips', messageBytes: 64 },
  bulk: { name: '64 KiB, one way', work: 'stream', messageBytes: 64 * kib },
  small: { name: '64 B, one way, many in flight', work: 'stream', messageBytes: 64 },
} as const satisfies Readonly<Record<string, NamedLoad>>;

/** How much of everything is measured. */
export interface Plan {
  /** Each contender is measured so often, in turns. */
  readonly rounds: number;
  /** A process that has just been started runs uncompiled code; it is loaded so long before the first round. */
  readonly compileMs: number;
  /** Before each window. */
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** How long heartbeats are watched in each condition. */
  readonly heartbeatsMs: number;
  /** What has to flow beside them at least. */
  readonly snapshotBytes: number;
  /** Windows without and with reading of metrics, in turns. */
  readonly metricsRounds: number;
}

export const usualPlan: Plan = {
  rounds: 9,
  compileMs: 1000,
  warmUpMs: 100,
  windowMs: 400,
  heartbeatsMs: 7000,
  snapshotBytes: 1024 * mib,
  metricsRounds: 12,
};

/** The same in less time: a look, no result. */
export const quickPlan: Plan = {
  rounds: 1,
  compileMs: 300,
  warmUpMs: 100,
  windowMs: 300,
  heartbeatsMs: 1000,
  snapshotBytes: 64 * mib,
  metricsRounds: 2,
};

import type { Victims } from '../nemesis/nemesis.ts';

/** How many operations of a kind ended in which way. */
export type Tally = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What came of a load. */
export interface Judgement {
  /** What does not hold, in words. */
  readonly findings: readonly string[];
  readonly tally: Tally;
  /** When operations were acknowledged, in ascending order. Milliseconds of the machine's clock. */
  readonly acknowledgedMs: readonly number[];
  /** From the end of the faults until every node has served again. */
  readonly recoveryMs: number;
  readonly checkMs: number;
  /** What else there is to say. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** A cluster of processes with clients, and what it promises them. */
export interface Subject extends AsyncDisposable {
  readonly victims: Victims;
  /** Resolves when the cluster serves and its clients have begun. */
  begin(): Promise<void>;
  /** Called when all faults are taken back: waits until it serves everywhere, ends the load, and judges what clients saw. */
  judge(): Promise<Judgement>;
}

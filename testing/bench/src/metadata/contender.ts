import type { Load, LoadFigures } from './load.ts';

/** Where operations enter a cluster: at the member that leads it, or at another. */
export type WayIn = 'leader' | 'follower';

export const waysIn: readonly WayIn[] = ['leader', 'follower'];

/** A cluster of three members on this machine that takes operations of one size. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** From starting its processes to the first answer. */
  readonly startMs: number;
  /** Its members. */
  readonly pids: readonly number[];
  /** The process that makes the load: one of the members, or another. */
  clientPid(wayIn: WayIn): number;
  load(wayIn: WayIn, load: Load): Promise<LoadFigures>;
}

import type { Phase } from '../nemesis/schedule.ts';

/** A time without any acknowledgement. Milliseconds, from the beginning of the schedule. */
export interface Gap {
  readonly fromMs: number;
  readonly durationMs: number;
}

/** How long nothing was acknowledged. */
export interface Availability {
  /** The longest of all. */
  readonly longestGap: Gap;
  /** The longest while no more than a minority was struck, and had not been more for a while. */
  readonly longestMinorityGap: Gap;
  /** The longest from the end of a phase in which anything goes, when all of it is taken back, to the next acknowledgement. */
  readonly longestReturn: Gap;
}

/** After a majority was struck, it may take so long until the cluster is as it was: processes start, elections end. */
const settleMs = 3000;
const none: Gap = { fromMs: 0, durationMs: 0 };

/**
 * @param acknowledgedMs - in ascending order
 * @param beganMs - the moment from which the phases count, by the same clock
 */
export function measureAvailability(
  acknowledgedMs: readonly number[],
  phases: readonly Phase[],
  beganMs: number,
): Availability {
  const times = acknowledgedMs.map((ms) => ms - beganMs);
  const gaps = times.slice(1).map((toMs, at) => gapOf(times[at] ?? 0, toMs));
  const calm = gaps.filter((gap) => phases.some((phase) => isWithin(gap, phase)));
  const returns = phases
    .filter(({ reach }) => reach === 'any')
    .map(({ toMs }) => gapOf(toMs, times.find((ms) => ms >= toMs) ?? Number.POSITIVE_INFINITY));
  return { longestGap: longest(gaps), longestMinorityGap: longest(calm), longestReturn: longest(returns) };
}

function gapOf(fromMs: number, toMs: number): Gap {
  return { fromMs, durationMs: toMs - fromMs };
}

function isWithin({ fromMs, durationMs }: Gap, phase: Phase): boolean {
  const settledMs = phase.fromMs === 0 ? 0 : phase.fromMs + settleMs;
  return phase.reach === 'minority' && fromMs >= settledMs && fromMs + durationMs <= phase.toMs;
}

function longest(gaps: readonly Gap[]): Gap {
  return gaps.reduce((one, other) => (other.durationMs > one.durationMs ? other : one), none);
}

import type { Phase } from '../nemesis/schedule.ts';

/** Times without any acknowledgement. Milliseconds. */
export interface Availability {
  /** The longest of all. */
  readonly longestGapMs: number;
  /** The longest that began while no more than a minority was struck, and had not been more for a while. */
  readonly longestMinorityGapMs: number;
}

/** After a majority was struck, it may take so long until the cluster is as it was: processes start, elections end. */
const settleMs = 3000;

/**
 * @param acknowledgedMs - in ascending order
 * @param beganMs - the moment from which the phases count, by the same clock
 */
export function measureAvailability(
  acknowledgedMs: readonly number[],
  phases: readonly Phase[],
  beganMs: number,
): Availability {
  let [longestGapMs, longestMinorityGapMs] = [0, 0];
  for (let at = 1; at < acknowledgedMs.length; at++) {
    const fromMs = (acknowledgedMs[at - 1] ?? 0) - beganMs;
    const toMs = (acknowledgedMs[at] ?? 0) - beganMs;
    const gapMs = toMs - fromMs;
    longestGapMs = Math.max(longestGapMs, gapMs);
    if (gapMs <= longestMinorityGapMs) continue;
    const phase = phases.find((one) => fromMs >= one.fromMs && toMs <= one.toMs);
    if (phase?.reach !== 'minority') continue;
    if (phase.fromMs === 0 || fromMs >= phase.fromMs + settleMs) longestMinorityGapMs = gapMs;
  }
  return { longestGapMs, longestMinorityGapMs };
}

import type { Clock, Timer } from '@streambus/runtime';
import type { LeaderStatus, Proposer } from './proposer.ts';

/** Resolves when one leader has led in one term for `forMs` without a break; rejects with the signal's reason. */
export function stableLeader(
  proposer: Proposer,
  clock: Clock,
  forMs: number,
  signal: AbortSignal,
): Promise<LeaderStatus> {
  return new Promise((resolve, reject) => {
    let candidate: LeaderStatus | undefined;
    let timer: Timer | undefined;
    const settle = (how: () => void): void => {
      timer?.cancel();
      stopListening();
      signal.removeEventListener('abort', onAbort);
      how();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const consider = (status: LeaderStatus): void => {
      if (candidate !== undefined && candidate.leaderId === status.leaderId && candidate.term === status.term) return;
      candidate = status;
      timer?.cancel();
      timer = status.leaderId === undefined ? undefined : clock.setTimer(forMs, () => settle(() => resolve(status)));
    };
    const stopListening = proposer.onLeaderChange(consider);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else consider(proposer.leaderStatus());
  });
}

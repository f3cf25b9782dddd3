import type { Clock, Timer } from '@streambus/runtime';
import type { CallLimit } from './call-limit.ts';
import type { LeaderStatus, Proposer } from './proposer.ts';

/** Resolves when one leader has led in one term for `forMs` without a break; rejects with the reason for which the call ends. */
export function stableLeader(proposer: Proposer, clock: Clock, forMs: number, call: CallLimit): Promise<LeaderStatus> {
  return call.wait<LeaderStatus>({
    begin: (resolve) => {
      let candidate: LeaderStatus | undefined;
      let timer: Timer | undefined;
      const stop = (): void => {
        timer?.cancel();
        stopListening();
      };
      const consider = (status: LeaderStatus): void => {
        if (candidate !== undefined && candidate.leaderId === status.leaderId && candidate.term === status.term) return;
        candidate = status;
        timer?.cancel();
        timer = status.leaderId === undefined ? undefined : clock.setTimer(forMs, () => settle(status));
      };
      const settle = (status: LeaderStatus): void => {
        stop();
        resolve(status);
      };
      const stopListening = proposer.onLeaderChange(consider);
      consider(proposer.leaderStatus());
      return stop;
    },
  });
}

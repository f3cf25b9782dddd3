import type { CommandAnswer } from '../answers.ts';
import type { LeaderStatus, Proposal, Proposer } from '../proposer.ts';
import type { MetadataStateMachine } from '../state-machine.ts';

/** A proposer without a network: it applies each command at once to the one state machine there is. */
export function createLocalProposer(stateMachine: MetadataStateMachine): Proposer {
  const leader: LeaderStatus = { leaderId: 0, term: 1 };
  return {
    async prepare(command): Promise<Proposal> {
      let answer: CommandAnswer | undefined;
      return {
        async submit() {
          answer ??= stateMachine.apply(command);
          return answer;
        },
        abandon() {},
      };
    },
    async readBarrier() {},
    leaderStatus: () => leader,
    onLeaderChange: () => () => {},
  };
}

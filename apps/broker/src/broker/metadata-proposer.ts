import { decodeMetadataAnswer, encodeMetadataCommand } from '@streambus/codec';
import type { LeaderStatus, Proposal, Proposer } from '@streambus/metadata';
import { type RaftNode, RaftNodeError, type Session } from '@streambus/raft-node';

/** Most commands of this broker that may be on their way at once: what a session allows. */
const maxOutstanding = 1024;

/** Proposes metadata's commands through Raft, each at most once however often it is submitted. */
export function createMetadataProposer(node: RaftNode): Proposer {
  let session: Promise<Session> | undefined;

  const currentSession = (): Promise<Session> => {
    session ??= node.openSession({ maxOutstanding }).catch((thrown: unknown) => {
      session = undefined;
      throw thrown;
    });
    return session;
  };

  const leaderStatus = (): LeaderStatus => {
    const { leader, term } = node.status();
    return { leaderId: leader === 0 ? undefined : leader, term };
  };

  return {
    async prepare(command): Promise<Proposal> {
      const proposal = (await currentSession()).prepare(encodeMetadataCommand(command));
      return {
        async submit(options) {
          try {
            return decodeMetadataAnswer(await proposal.submit(options));
          } catch (thrown) {
            // The next command opens another session; this one's outcome is what the error says.
            if (thrown instanceof RaftNodeError && thrown.code === 'RAFT_NODE_SESSION_EXPIRED') session = undefined;
            throw thrown;
          }
        },
        abandon: () => proposal.abandon(),
      };
    },
    async readBarrier(options) {
      await node.readBarrier(options);
    },
    leaderStatus,
    onLeaderChange: (listener) =>
      node.subscribe((event) => {
        if (event.type === 'leader' || event.type === 'role') listener(leaderStatus());
      }),
  };
}

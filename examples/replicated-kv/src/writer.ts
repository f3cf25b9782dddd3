import { type RaftNode, RaftNodeError } from '@streambus/raft-node';

/** Resolves with the state machine's answer. However many attempts that takes, the data is applied once. */
export type Write = (data: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/** Opens a session, which makes it safe to repeat what may have been done; waits until the cluster has a leader. */
export async function openWriter(node: RaftNode): Promise<Write> {
  const session = await repeat(node, () => node.openSession({ maxOutstanding: 1024 }));
  return async (data, signal) => {
    const proposal = session.prepare(data);
    try {
      return await repeat(node, () => proposal.submit({ signal }), signal);
    } finally {
      proposal.abandon();
    }
  };
}

/** Tries again when somebody leads, as long as that may help: a leader was lost, with or without what it was asked. */
async function repeat<Answer>(node: RaftNode, attempt: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RaftNodeError && error.retriable)) throw error;
      await node.readBarrier(signal && { signal });
    }
  }
}

import type { CreateInvariant } from './invariant.ts';

/** Whatever waits, waits within its bounds. */
export const boundedQueues: CreateInvariant = (violated) => ({
  name: 'Bounded Queues',
  source: 'docs/LIMITS.md',
  onGauges({ id }, { status, transport, node, channels, maxProposalBytes }) {
    const { queuedProposalBytes, waitingReads, sessions } = status;
    // One proposal is always taken, however large.
    if (queuedProposalBytes > Math.max(node.maxQueuedProposalBytes, maxProposalBytes)) {
      violated(
        `node ${id} holds ${queuedProposalBytes} bytes of proposals; ${node.maxQueuedProposalBytes} are allowed`,
      );
    }
    if (waitingReads > node.maxWaitingReads) {
      violated(`node ${id} holds ${waitingReads} reads; ${node.maxWaitingReads} are allowed`);
    }
    if (sessions > node.maxSessions) violated(`node ${id} keeps ${sessions} sessions; ${node.maxSessions} are allowed`);
    for (const peer of transport.peers) {
      for (const { name, maxQueuedMessages, maxQueuedBytes } of channels) {
        const { queuedMessages = 0, queuedBytes = 0 } = peer.channels[name] ?? {};
        if (queuedMessages <= maxQueuedMessages && queuedBytes <= maxQueuedBytes) continue;
        const held = `${queuedMessages} messages and ${queuedBytes} bytes`;
        violated(
          `node ${id} holds ${held} for node ${peer.id} in ${name}; ${maxQueuedMessages} and ${maxQueuedBytes} are allowed`,
        );
      }
    }
  },
});

import { nodeId, noNode } from '@streambus/raft';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { Proposals } from '../driver/proposals.ts';
import type { ForwardMessage } from './forward-message.ts';
import { Forwarder } from './forwarder.ts';

const leader = nodeId(1);
const timeoutTicks = 10;

/** A forwarder with one proposal under way to node 1. */
function rig(isReachable = true) {
  const proposals = new Proposals({ maxProposalBytes: 10, maxQueuedProposalBytes: 100 }, createManualClock());
  const sent: ForwardMessage[] = [];
  const forwarder = new Forwarder({
    proposals,
    send: (_to, message) => {
      sent.push(message);
      return isReachable;
    },
    timeoutTicks,
  });
  const end = proposals.add(Uint8Array.of(1), 1, undefined).catch((error: unknown) => error);
  const forward = (to = leader): void => forwarder.forward(to, proposals.take());
  const tick = (times: number): void => {
    for (let count = 0; count < times; count++) forwarder.onTick();
  };
  return { proposals, forwarder, sent, end, forward, tick };
}

describe('what is forwarded', () => {
  it.each([
    ['to nobody', noNode, true],
    ['to one that cannot be reached', leader, false],
  ])('%s is rejected', async (_, to, isReachable) => {
    const { forward, end } = rig(isReachable);
    forward(to);
    expect(await end).toMatchObject({ code: 'RAFT_NODE_NOT_LEADER', outcome: 'rejected', retriable: true });
  });

  it('and refused by the leader is rejected with what that said', async () => {
    const { forward, forwarder, end } = rig();
    forward();
    forwarder.onAnswer(leader, { type: 'refused', batch: 1, code: 'RAFT_NODE_QUEUE_FULL', message: 'full' });
    expect(await end).toMatchObject({ code: 'RAFT_NODE_QUEUE_FULL', message: 'full', outcome: 'rejected' });
  });

  it('and not answered in time may have been taken', async () => {
    const { forward, end, tick, proposals } = rig();
    forward();
    tick(timeoutTicks);
    expect(proposals.count).toBe(1);
    tick(1);
    expect(await end).toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown', retriable: true });
  });

  it('to a leader that was lost may have been taken', async () => {
    const { forward, forwarder, end, proposals } = rig();
    forward();
    forwarder.onPeerLost(nodeId(2));
    expect(proposals.count).toBe(1);
    forwarder.onPeerLost(leader);
    expect(await end).toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown', retriable: true });
  });

  it('to one that leads no more is waited for until the next tick, and to one that still leads as before', async () => {
    const { forward, forwarder, end, tick, proposals } = rig();
    forward();
    forwarder.onLeader(leader);
    tick(1);
    expect(proposals.count).toBe(1);
    forwarder.onLeader(nodeId(2));
    expect(proposals.count).toBe(1);
    tick(1);
    expect(await end).toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown', retriable: true });
  });
});

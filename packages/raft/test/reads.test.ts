import {
  ConfChangeTransition,
  ConfChangeType,
  createMessage,
  logIndex,
  MessageType,
  nodeId,
  term,
} from '@streambus/raft';
import { createMemoryCluster, type MemoryCluster, type MemoryNode } from '@streambus/raft/testing';
import { describe, expect, it } from 'vitest';

const context = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('section 6.4: reads without a log entry', () => {
  it.each([1, 3, 5])(
    'the leader of %i nodes answers with its commit index when a quorum has confirmed it',
    (voters) => {
      const cluster = createMemoryCluster({ voters, seed: 4 });
      const leader = cluster.elect(1);
      leader.raft.readIndex(context('a'));
      cluster.settle();
      expect(leader.takeReadStates()).toEqual([{ index: leader.raft.commit, context: context('a') }]);
    },
  );

  it('a follower asks its leader', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 4 });
    const leader = cluster.elect(1);
    cluster.node(2).raft.readIndex(context('b'));
    cluster.settle();
    expect(cluster.node(2).takeReadStates()).toEqual([{ index: leader.raft.commit, context: context('b') }]);
  });

  it('a leader that was deposed without knowing answers nothing', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 4, raft: { preVote: false, checkQuorum: false } });
    const old = cluster.elect(1);
    cluster.partition([[1], [2, 3]]);
    cluster.elect(2).raft.propose([new Uint8Array(1)]);
    cluster.settle();
    expect(old.raft.role).toBe('leader');
    old.raft.readIndex(context('c'));
    cluster.settle();
    expect(old.takeReadStates()).toEqual([]);
  });

  it('a new leader answers only when it has committed in its term', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 4, raft: { preVote: false, checkQuorum: false } });
    cluster.elect(1);
    const { raft } = cluster.node(2);
    raft.campaign();
    for (let rounds = 0; raft.role !== 'leader'; rounds += 1) {
      for (const { id } of cluster.nodes) cluster.process(id);
      for (let count = cluster.inFlight.length; count > 0; count -= 1) cluster.deliver();
      if (rounds > 20) throw new Error('nobody was elected');
    }
    raft.readIndex(context('d'));
    cluster.process(2);
    expect(cluster.inFlight.some(({ type }) => type === MessageType.heartbeat)).toBe(false);
    cluster.settle();
    expect(cluster.node(2).takeReadStates()).toEqual([{ index: 3, context: context('d') }]);
  });

  it('a single voter that restarted does not answer from a stale commit index', () => {
    const cluster = createMemoryCluster({ voters: 1, seed: 4, raft: { preVote: false } });
    const node = cluster.elect(1);
    node.raft.propose([new Uint8Array(1)]);
    cluster.settle();
    const committed = node.raft.commit;
    // The commit index is stored without a sync: a crash may take it back.
    node.storage.setHardState({ term: term(1), vote: nodeId(1), commit: logIndex(0) });
    cluster.restart(1);
    const { raft } = cluster.node(1);
    raft.campaign();
    cluster.process(1);
    expect(raft.role).toBe('leader');
    raft.readIndex(context('e'));
    cluster.settle();
    expect(node.takeReadStates()).toMatchObject([{ index: committed + 1 }]);
  });

  it('one round confirms every read before it', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 4 });
    const leader = cluster.elect(1);
    for (const value of ['f', 'g', 'h']) leader.raft.readIndex(context(value));
    cluster.process(1);
    const newest = cluster.inFlight.findIndex(({ context: carried }) => carried[0] === 'h'.charCodeAt(0));
    cluster.deliver(newest);
    cluster.partition([[1, 2], [3]]);
    while (cluster.inFlight.length > 0) cluster.drop();
    cluster.process(2);
    cluster.process(3);
    cluster.heal();
    cluster.deliver();
    cluster.process(1);
    expect(leader.takeReadStates().map(({ context: of }) => new TextDecoder().decode(of))).toEqual(['f', 'g', 'h']);
  });

  it('past maxPendingReads a read gets no answer', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 4, raft: { maxPendingReads: 2 } });
    const leader = cluster.elect(1);
    for (const value of ['j', 'k', 'l']) leader.raft.readIndex(context(value));
    cluster.settle();
    expect(leader.takeReadStates()).toHaveLength(2);
  });

  it('a heartbeat’s answer for an unknown read is ignored', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 4 });
    const leader = cluster.elect(1);
    const answer = { type: MessageType.heartbeatResponse, from: nodeId(2), term: term(1), context: context('z') };
    leader.raft.step(createMessage(answer));
    expect(leader.takeReadStates()).toEqual([]);
  });
});

describe('section 6.4.1: reads by a lease', () => {
  function createLeased(): { cluster: MemoryCluster; leader: MemoryNode } {
    const cluster = createMemoryCluster({ voters: 3, seed: 4, raft: { readOnlyMode: 'leaseBased' } });
    return { cluster, leader: cluster.elect(1) };
  }

  function passTicks(cluster: MemoryCluster, ticks: number): void {
    for (let ticked = 0; ticked < ticks; ticked += 1) {
      cluster.tickAll();
      cluster.settle();
    }
  }

  /** Whether a read is answered without a message to anybody. */
  function answersAtOnce({ raft }: MemoryNode): boolean {
    raft.readIndex(context('now?'));
    if (!raft.hasReady()) return false;
    const { readStates, messages } = raft.ready();
    raft.advance();
    return readStates.length === 1 && messages.length === 0;
  }

  it('are answered at once when a quorum has answered a heartbeat', () => {
    const { cluster, leader } = createLeased();
    passTicks(cluster, 1);
    expect(answersAtOnce(leader)).toBe(true);
  });

  it('take a round before there is a lease, and the round gives one', () => {
    const { cluster, leader } = createLeased();
    leader.raft.readIndex(context('first'));
    cluster.process(1);
    expect(leader.takeReadStates()).toEqual([]);
    cluster.settle();
    expect(leader.takeReadStates()).toHaveLength(1);
    expect(answersAtOnce(leader)).toBe(true);
  });

  it('are not answered at once an election timeout after the last heartbeat that was answered', () => {
    const { cluster, leader } = createLeased();
    passTicks(cluster, 1);
    cluster.partition([[1], [2, 3]]);
    cluster.tick(1, 8);
    cluster.process(1);
    expect(answersAtOnce(leader)).toBe(true);
    cluster.tick(1);
    cluster.process(1);
    expect([leader.raft.role, answersAtOnce(leader)]).toEqual(['leader', false]);
  });

  it('count from when the heartbeat was sent, however late its answer comes', () => {
    const { cluster, leader } = createLeased();
    cluster.tick(1);
    cluster.process(1);
    cluster.tick(1, 9);
    for (let left = cluster.inFlight.length; left > 0; left -= 1) cluster.deliver();
    for (const id of [2, 3]) cluster.process(id);
    for (let left = cluster.inFlight.length; left > 0; left -= 1) cluster.deliver();
    expect([leader.raft.role, answersAtOnce(leader)]).toEqual(['leader', false]);
  });

  it('take a round for the rest of the term once leadership was offered to another', () => {
    const { cluster, leader } = createLeased();
    passTicks(cluster, 1);
    leader.raft.transferLeadership(nodeId(2));
    cluster.process(1);
    expect(answersAtOnce(leader)).toBe(false);
  });

  it('take a round after the membership changed', () => {
    const { cluster, leader } = createLeased();
    passTicks(cluster, 1);
    leader.raft.applyConfChange({
      transition: ConfChangeTransition.auto,
      changes: [{ type: ConfChangeType.removeNode, nodeId: nodeId(3) }],
      context: new Uint8Array(0),
    });
    expect(answersAtOnce(leader)).toBe(false);
  });

  it('bind a node that has restarted, and one that has heard of a later term', () => {
    const { cluster } = createLeased();
    passTicks(cluster, 1);
    const { raft } = cluster.node(2);
    raft.step(createMessage({ type: MessageType.appendResponse, from: nodeId(3), to: nodeId(2), term: term(5) }));
    cluster.process(2);
    cluster.restart(3);
    for (const id of [2, 3]) {
      const asked = { type: MessageType.vote, from: nodeId(1), to: nodeId(id), term: term(6), index: logIndex(9) };
      cluster.node(id).raft.step(createMessage({ ...asked, logTerm: term(5) }));
      expect(cluster.node(id).raft.ready().messages).toEqual([]);
    }
  });

  it('bind a node that is told to campaign', () => {
    const { cluster } = createLeased();
    passTicks(cluster, 1);
    cluster.node(2).raft.campaign();
    expect(cluster.node(2).raft.role).toBe('follower');
  });
});

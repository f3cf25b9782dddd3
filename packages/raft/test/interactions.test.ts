import {
  createMessage,
  type Entry,
  EntryType,
  logIndex,
  type Message,
  MessageType,
  nodeId,
  term,
} from '@streambus/raft';
import { createMemoryCluster, type MemoryCluster, type MemoryNode } from '@streambus/raft/testing';
import { describe, expect, it } from 'vitest';

/** Longer interactions, each with a trap that implementations have fallen into. */
const plain = { preVote: false, checkQuorum: false } as const;

function entriesOf(of: number, from: number, count: number): readonly Entry[] {
  return Array.from({ length: count }, (_, at) => {
    return { index: logIndex(from + at), term: term(of), type: EntryType.normal, data: new Uint8Array([of]) };
  });
}

function step(node: MemoryNode, fields: Parameters<typeof createMessage>[0]): readonly Message[] {
  node.raft.step(createMessage({ to: node.id, ...fields }));
  return node.raft.hasReady() ? node.processReady() : [];
}

function progressOf(leader: MemoryNode, id: number): unknown {
  return leader.raft.status().progress.get(nodeId(id));
}

describe('the asynchronous form', () => {
  it('does not take a write for done that a later write has replaced and a third put back', () => {
    const node = createMemoryCluster({ voters: 3, seed: 1, raft: { ...plain, asyncStorageWrites: true } }).node(1);
    const append = (from: number, of: number, entries: readonly Entry[]): void => {
      const place = { index: logIndex(1), logTerm: term(1) };
      step(node, { type: MessageType.append, from: nodeId(from), term: term(of), ...place, entries });
    };
    // Three writes wait: entries of term 1, those of term 2 in their place, then those of term 1 again.
    append(2, 1, entriesOf(1, 2, 2));
    append(3, 2, entriesOf(2, 2, 1));
    append(2, 3, entriesOf(1, 2, 2));
    expect(node.pendingAppends).toBe(3);
    const stepOwn = (responses: readonly Message[]): void => {
      for (const response of responses) if (response.to === node.id) node.raft.step(response);
    };
    stepOwn(node.processAppend());
    expect(node.storage.lastIndex()).toBe(3);
    stepOwn(node.processAppend());
    // Storage holds term 2's entry now; were the first answer believed, the log would read term 1's from there.
    expect(node.storage.lastIndex()).toBe(2);
    expect(node.log().map((entry) => entry.term)).toEqual([1, 1]);
    stepOwn(node.processAppend());
    expect(node.storage.lastIndex()).toBe(3);
    expect(node.log().map((entry) => entry.term)).toEqual([1, 1]);
  });
});

describe('a slow follower', () => {
  function createSlow(): { cluster: MemoryCluster; leader: MemoryNode } {
    const cluster = createMemoryCluster({ voters: 3, seed: 1, raft: { ...plain, maxInflightMessages: 2 } });
    const leader = cluster.elect(1);
    cluster.cut(1, 3);
    for (let count = 0; count < 5; count += 1) {
      leader.raft.propose([new Uint8Array(3)]);
      cluster.settle();
    }
    return { cluster, leader };
  }

  it('that is paused gets an empty append after a heartbeat, is probed when it refuses, and catches up', () => {
    const { cluster, leader } = createSlow();
    expect(progressOf(leader, 3)).toMatchObject({ state: 'replicate', paused: true, inflightMessages: 2 });
    cluster.heal();
    cluster.tick(1);
    cluster.process(1);
    cluster.deliver(cluster.inFlight.findIndex(({ to }) => to === 3));
    cluster.process(3);
    cluster.deliver(cluster.inFlight.findIndex(({ from }) => from === 3));
    cluster.process(1);
    const [empty] = cluster.inFlight.filter(({ to, type }) => to === 3 && type === MessageType.append);
    expect(empty).toMatchObject({ index: 4, entries: [], commit: leader.raft.commit });
    cluster.settle();
    expect(progressOf(leader, 3)).toMatchObject({ state: 'replicate', paused: false, match: 7, inflightMessages: 0 });
  });

  it('whose entries were compacted while it was paused gets a snapshot', () => {
    const { cluster, leader } = createSlow();
    leader.storage.createSnapshot(leader.appliedIndex, leader.confState, new Uint8Array(4));
    leader.compact();
    cluster.heal();
    cluster.tick(1);
    cluster.settle();
    expect(cluster.node(3).storage.firstIndex()).toBe(leader.storage.firstIndex());
    expect(progressOf(leader, 3)).toMatchObject({ state: 'replicate', match: 7 });
  });

  it('that got an older snapshot than was sent is fed from there when the log reaches back to it', () => {
    const { cluster, leader } = createSlow();
    const snapshot = leader.storage.createSnapshot(leader.appliedIndex, leader.confState, new Uint8Array(4));
    leader.storage.compact(logIndex(4));
    leader.raft.reportUnreachable(nodeId(3));
    step(leader, { type: MessageType.heartbeatResponse, from: nodeId(3), term: term(1) });
    step(leader, {
      type: MessageType.appendResponse,
      from: nodeId(3),
      term: term(1),
      reject: true,
      index: logIndex(2),
      rejectHint: logIndex(1),
      logTerm: term(1),
    });
    expect(progressOf(leader, 3)).toMatchObject({ state: 'snapshot', pendingSnapshot: snapshot.metadata.index });
    const sent = step(leader, { type: MessageType.appendResponse, from: nodeId(3), term: term(1), index: logIndex(5) });
    expect(sent).toMatchObject([{ to: 3, type: MessageType.append, index: 5, entries: [{ index: 6 }, { index: 7 }] }]);
    expect(progressOf(leader, 3)).toMatchObject({ state: 'replicate', match: 5, next: 8 });
    expect(cluster.inFlight.length).toBe(0);
  });
});

describe('a learner', () => {
  it('votes when it is asked: it may have been promoted without knowing yet', () => {
    const cluster = createMemoryCluster({ voters: 2, learners: 1, seed: 1, raft: plain });
    const asked = { type: MessageType.vote, from: nodeId(1), term: term(2), index: logIndex(9), logTerm: term(1) };
    expect(step(cluster.node(3), asked)).toMatchObject([{ type: MessageType.voteResponse, to: 1, reject: false }]);
  });

  it('does not campaign', () => {
    const { raft } = createMemoryCluster({ voters: 2, learners: 1, seed: 1, raft: plain }).node(3);
    raft.campaign();
    for (let ticks = 0; ticks < 50; ticks += 1) raft.tick();
    expect(raft).toMatchObject({ role: 'follower', term: 0 });
  });
});

describe('pre-vote with quorum check', () => {
  it('a node that campaigns under a living leader is not answered, and follows it again', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 1 });
    cluster.elect(1);
    cluster.node(2).raft.campaign();
    cluster.settle();
    expect(cluster.node(2).raft).toMatchObject({ role: 'preCandidate', term: 1, leader: 0 });
    cluster.tick(1);
    cluster.settle();
    expect(cluster.node(2).raft).toMatchObject({ role: 'follower', term: 1, leader: 1 });
  });

  it('one that was told to forget its leader grants a pre-vote while the others do not', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 1 });
    cluster.elect(1);
    cluster.node(3).raft.forgetLeader();
    expect(cluster.node(3).raft).toMatchObject({ role: 'follower', term: 1, leader: 0 });
    cluster.node(2).raft.campaign();
    cluster.settle();
    expect(cluster.leader()).toBe(cluster.node(2));
    expect(cluster.node(1).raft).toMatchObject({ role: 'follower', term: 2, leader: 2 });
  });

  it('a leader that lost its quorum steps down in its term, and the others elect one in the next', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 1 });
    const leader = cluster.elect(1);
    cluster.partition([[1], [2, 3]]);
    cluster.tickUntil(() => leader.raft.role === 'follower' && cluster.leader() !== undefined, 60);
    expect(leader.raft).toMatchObject({ term: 1, leader: 0 });
    expect(cluster.leader()?.raft.term).toBe(2);
  });
});

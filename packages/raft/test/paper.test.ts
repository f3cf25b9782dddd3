import {
  createMessage,
  type Entry,
  EntryType,
  logIndex,
  type Message,
  MessageType,
  messageTypeName,
  nodeId,
  term,
} from '@streambus/raft';
import { createMemoryCluster, type MemoryCluster, type MemoryNode } from '@streambus/raft/testing';
import { describe, expect, it } from 'vitest';

/**
 * By the sections of the extended Raft paper, what the other files, which go by the dissertation's, do not hold yet:
 * elections are in `election.test.ts`, logs in `replication.test.ts`, members and snapshots in `membership.test.ts`.
 */
const plain = { preVote: false, checkQuorum: false } as const;

function createCluster(voters = 3, raft: object = plain): MemoryCluster {
  return createMemoryCluster({ voters, seed: 21, raft });
}

function deliverAll(cluster: MemoryCluster): void {
  for (let left = cluster.inFlight.length; left > 0; left -= 1) cluster.deliver();
}

/** Steps a message into a node, and gives what it sends. */
function exchange(node: MemoryNode, fields: Parameters<typeof createMessage>[0]): readonly Message[] {
  node.raft.step(createMessage({ to: node.id, ...fields }));
  return node.raft.hasReady() ? node.processReady() : [];
}

function inRole(role: string): MemoryNode {
  const cluster = createCluster();
  const node = cluster.node(1);
  if (role === 'leader') cluster.elect(1);
  if (role === 'candidate') {
    node.raft.campaign();
    node.processReady();
  }
  expect(node.raft.role).toBe(role);
  return node;
}

function entryOf(index: number, of: number): Entry {
  return { index: logIndex(index), term: term(of), type: EntryType.normal, data: new Uint8Array([index, of]) };
}

describe('section 5.1: terms act as a clock', () => {
  it('every message between nodes carries its sender’s term', () => {
    const cluster = createCluster();
    cluster.node(1).raft.campaign();
    for (let rounds = 0; rounds < 6; rounds += 1) {
      for (const { id } of cluster.nodes) cluster.process(id);
      for (const message of cluster.inFlight) expect(message.term).toBe(cluster.node(message.from).raft.term);
      deliverAll(cluster);
    }
    expect(cluster.leader()?.id).toBe(1);
  });

  it.each(['follower', 'candidate', 'leader'])('a %s that sees a later term takes it and follows', (role) => {
    const node = inRole(role);
    exchange(node, { type: MessageType.appendResponse, from: nodeId(2), term: term(9) });
    expect([node.raft.role, node.raft.term]).toEqual(['follower', 9]);
  });

  const requests = [MessageType.append, MessageType.heartbeat, MessageType.snapshot, MessageType.vote];
  it.each(requests.map((type) => ({ type, name: messageTypeName(type) })))(
    '$name of a past term does nothing',
    ({ type }) => {
      const node = inRole('leader');
      exchange(node, { type: MessageType.vote, from: nodeId(2), term: term(7) });
      const before = node.raft.status();
      expect(exchange(node, { type, from: nodeId(3), term: term(3), commit: logIndex(1) })).toEqual([]);
      expect(node.raft.status()).toEqual(before);
    },
  );
});

describe('section 5.2: leader election', () => {
  it('a leader sends heartbeats to everybody, one per heartbeat timeout', () => {
    const cluster = createCluster(5, { ...plain, heartbeatTimeoutTicks: 2 });
    cluster.elect(1);
    const sent = [1, 2, 3, 4].map(() => {
      cluster.tick(1);
      cluster.process(1);
      const to = cluster.inFlight.filter(({ type }) => type === MessageType.heartbeat).map((message) => message.to);
      cluster.settle();
      return to;
    });
    expect(sent).toEqual([[], [2, 3, 4, 5], [], [2, 3, 4, 5]]);
  });

  it('who has won says so to everybody at once', () => {
    const cluster = createCluster();
    cluster.node(1).raft.campaign();
    cluster.process(1);
    deliverAll(cluster);
    cluster.process(2);
    deliverAll(cluster);
    expect(cluster.node(1).raft.role).toBe('leader');
    cluster.process(1);
    expect(cluster.inFlight).toMatchObject([2, 3].map((to) => ({ to, type: MessageType.append, term: 1 })));
  });

  it('a candidate that hears a leader of a past term, or of none, stays a candidate', () => {
    const node = inRole('candidate');
    node.raft.campaign();
    node.processReady();
    for (const past of [0, 1]) {
      exchange(node, { type: MessageType.append, from: nodeId(2), term: term(past), index: logIndex(1) });
      expect([node.raft.role, node.raft.term]).toEqual(['candidate', 2]);
    }
  });

  it('a vote that was asked for in a past term is not counted', () => {
    const node = inRole('candidate');
    node.raft.campaign();
    node.processReady();
    exchange(node, { type: MessageType.voteResponse, from: nodeId(2), term: term(1) });
    expect([node.raft.role, node.raft.term]).toEqual(['candidate', 2]);
  });

  it('at most one leads a term, whoever votes for whom', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const cluster = createMemoryCluster({ voters: 5, seed, raft: plain });
      for (const { raft } of cluster.nodes.slice(seed % 4)) raft.campaign();
      cluster.settle();
      const leaders = cluster.nodes.filter(({ raft }) => raft.role === 'leader');
      expect(new Set(leaders.map(({ raft }) => raft.term)).size).toBe(leaders.length);
    }
  });
});

describe('section 5.3: log replication', () => {
  it('a leader sends a new entry to all followers in parallel, and writes it meanwhile', () => {
    const cluster = createCluster();
    const { raft } = cluster.elect(1);
    raft.propose([new Uint8Array(8)]);
    const { entries, messages } = raft.ready();
    expect(entries).toMatchObject([{ index: 3, term: 1 }]);
    expect(messages).toMatchObject([2, 3].map((to) => ({ to, type: MessageType.append, index: 2, entries })));
  });

  it('a leader goes on sending to a follower that is away, after the entry is committed too', () => {
    const cluster = createCluster();
    const leader = cluster.elect(1);
    cluster.crash(3);
    leader.raft.propose([new Uint8Array(8)]);
    cluster.settle();
    expect(leader.appliedIndex).toBe(3);
    cluster.restart(3);
    cluster.tickUntil(() => cluster.node(3).appliedIndex === 3, 10);
  });

  it('committing an entry commits all before it, those of earlier leaders too', () => {
    const cluster = createCluster();
    cluster.node(1).storage.append([entryOf(2, 1), entryOf(3, 1)]);
    cluster.restart(1);
    const leader = cluster.elect(1);
    expect(leader.applied).toMatchObject([{ index: 2 }, { index: 3 }, { index: 4, term: 1 }]);
  });

  it('followers hear of the commit index in whatever comes next, a heartbeat too', () => {
    const cluster = createCluster();
    const leader = cluster.elect(1);
    cluster.cut(1, 3);
    leader.raft.propose([new Uint8Array(8)]);
    cluster.process(1);
    for (const message of [...cluster.inFlight]) {
      if (message.to === 3) cluster.node(3).raft.step(message);
    }
    cluster.settle();
    expect([leader.raft.commit, cluster.node(3).raft.commit]).toEqual([3, 2]);
    cluster.heal();
    cluster.tick(1);
    cluster.process(1);
    const [heartbeat] = cluster.inFlight.filter(({ to }) => to === 3);
    expect(heartbeat).toMatchObject({ type: MessageType.heartbeat, commit: 3 });
    cluster.settle();
    expect(cluster.node(3).appliedIndex).toBe(3);
  });

  it('a new leader begins with each follower at the end of its own log', () => {
    const cluster = createCluster();
    cluster.node(1).storage.append([entryOf(2, 1), entryOf(3, 1)]);
    cluster.restart(1);
    cluster.node(1).raft.campaign();
    cluster.process(1);
    deliverAll(cluster);
    cluster.process(2);
    deliverAll(cluster);
    cluster.process(1);
    const appends = cluster.inFlight.filter(({ type }) => type === MessageType.append);
    expect(appends).toMatchObject([2, 3].map((to) => ({ to, index: 3, logTerm: 1, entries: [{ index: 4 }] })));
  });

  it('a leader that looks for where the logs agree waits for each answer', () => {
    const cluster = createCluster();
    const leader = cluster.elect(1);
    cluster.cut(1, 3);
    leader.raft.reportUnreachable(nodeId(3));
    for (let count = 0; count < 3; count += 1) leader.raft.propose([new Uint8Array(8)]);
    cluster.process(1);
    expect(cluster.inFlight.filter(({ to }) => to === 3)).toHaveLength(1);
  });
});

describe('section 5.4.1: who may be elected', () => {
  it('a candidate that lacks a committed entry is not elected', () => {
    const cluster = createCluster();
    const leader = cluster.elect(1);
    cluster.crash(3);
    leader.raft.propose([new Uint8Array(8)]);
    cluster.settle();
    cluster.crash(1);
    cluster.restart(3);
    cluster.node(3).raft.campaign();
    cluster.settle();
    expect(cluster.node(3).raft.role).not.toBe('leader');
    expect(cluster.elect(2).log().at(-2)).toMatchObject({ index: 3, term: 1 });
  });
});

describe('section 5.5: followers and candidates that stop', () => {
  it('a request that was done before is answered as before, and changes nothing', () => {
    const node = createCluster().node(1);
    const request = { type: MessageType.append, from: nodeId(2), term: term(2), index: logIndex(1), logTerm: term(1) };
    const append = { ...request, entries: [entryOf(2, 2), entryOf(3, 2)] };
    const first = exchange(node, append);
    const log = node.log();
    expect(exchange(node, append)).toEqual(first);
    expect(node.log()).toEqual(log);
  });
});

describe('section 7: log compaction', () => {
  it('a snapshot of what a follower already has commits that, and keeps what comes after', () => {
    const node = createCluster().node(1);
    const request = { type: MessageType.append, from: nodeId(2), term: term(2), index: logIndex(1), logTerm: term(1) };
    exchange(node, { ...request, entries: [entryOf(2, 2), entryOf(3, 2), entryOf(4, 2)] });
    const { confState } = node.storage.snapshot().metadata;
    const snapshot = { data: new Uint8Array(4), metadata: { index: logIndex(3), term: term(2), confState } };
    const answer = exchange(node, { type: MessageType.snapshot, from: nodeId(2), term: term(2), snapshot });
    expect(answer).toMatchObject([{ type: MessageType.appendResponse, index: 3 }]);
    expect([node.raft.commit, node.lastIndex]).toEqual([3, 4]);
  });

  it('a snapshot that is older than what was committed is answered with how far that is', () => {
    const cluster = createCluster();
    cluster.elect(1).raft.propose([new Uint8Array(8)]);
    cluster.settle();
    const node = cluster.node(2);
    const snapshot = node.storage.snapshot();
    const answer = exchange(node, { type: MessageType.snapshot, from: nodeId(1), term: term(1), snapshot });
    expect(answer).toMatchObject([{ type: MessageType.appendResponse, index: node.raft.commit }]);
  });
});

describe('section 8: clients', () => {
  it('a proposal to a follower reaches its leader', () => {
    const cluster = createCluster();
    cluster.elect(1);
    cluster.node(3).raft.propose([new Uint8Array([7])]);
    cluster.settle();
    for (const { applied } of cluster.nodes) expect(applied.at(-1)).toMatchObject({ data: new Uint8Array([7]) });
  });

  it('a leader learns what is committed by an entry of its own, before anybody proposes', () => {
    const cluster = createCluster();
    const leader = cluster.elect(1);
    expect(leader.applied).toMatchObject([{ index: 2, term: 1, data: new Uint8Array(0) }]);
  });
});

import { createMessage, logIndex, type Message, MessageType, nodeId, term } from '@streambus/raft';
import { createMemoryCluster, type MemoryCluster, type MemoryNode } from '@streambus/raft/testing';
import { describe, expect, it } from 'vitest';

/** Raft as the dissertation first has it: no pre-vote, no quorum check. */
const plain = { preVote: false, checkQuorum: false } as const;

function createCluster(voters: number, raft: object = plain): MemoryCluster {
  return createMemoryCluster({ voters, seed: 7, raft });
}

/** Steps a message from another node into node 1, and gives what it sends. */
function exchange(node: MemoryNode, fields: Parameters<typeof createMessage>[0]): readonly Message[] {
  node.raft.step(createMessage({ to: node.id, ...fields }));
  return node.raft.hasReady() ? node.processReady() : [];
}

describe('section 3.3: terms', () => {
  it('a node that sees a later term enters it as a follower, whatever it was', () => {
    const cluster = createCluster(3);
    const leader = cluster.elect(1);
    exchange(leader, { type: MessageType.append, from: nodeId(2), term: term(5), index: logIndex(9) });
    expect([leader.raft.role, leader.raft.term, leader.raft.leader]).toEqual(['follower', 5, 2]);
  });

  it('a request of an earlier term is ignored', () => {
    const cluster = createCluster(3);
    const leader = cluster.elect(1);
    expect(exchange(leader, { type: MessageType.append, from: nodeId(2), term: term(0) })).toEqual([]);
    const sent = exchange(leader, {
      type: MessageType.vote,
      from: nodeId(2),
      term: leader.raft.term,
      index: logIndex(9),
    });
    expect(sent).toMatchObject([{ type: MessageType.voteResponse, reject: true }]);
    expect(leader.raft.role).toBe('leader');
  });
});

describe('section 3.4: leader election', () => {
  it('nodes begin as followers', () => {
    for (const { raft } of createCluster(3).nodes) {
      expect([raft.role, raft.term, raft.leader]).toEqual(['follower', 0, 0]);
    }
  });

  it('a leader’s heartbeats keep its followers followers', () => {
    const cluster = createCluster(3);
    cluster.elect(1);
    for (let ticks = 0; ticks < 100; ticks += 1) {
      cluster.tickAll();
      cluster.settle();
    }
    expect(cluster.nodes.map(({ raft }) => [raft.role, raft.term])).toEqual([
      ['leader', 1],
      ['follower', 1],
      ['follower', 1],
    ]);
  });

  it('a follower that hears nothing for its timeout campaigns in the next term, and votes for itself', () => {
    const cluster = createCluster(3);
    cluster.tick(1, 20);
    const { raft, storage } = cluster.node(1);
    expect([raft.role, raft.term]).toEqual(['candidate', 1]);
    cluster.process(1);
    expect(storage.initialState().hardState).toMatchObject({ term: 1, vote: 1 });
    expect(cluster.inFlight.map(({ type, to, term: of }) => [type, to, of])).toEqual([
      [MessageType.vote, 2, 1],
      [MessageType.vote, 3, 1],
    ]);
  });

  it('timeouts are drawn from one to two election timeouts, anew for each candidacy', () => {
    const waits = new Set<number>();
    for (let seed = 0; seed < 60; seed += 1) {
      const cluster = createMemoryCluster({ voters: 3, seed, raft: plain });
      let ticks = 0;
      for (; cluster.node(1).raft.role === 'follower'; ticks += 1) cluster.tick(1);
      waits.add(ticks);
    }
    expect([Math.min(...waits), Math.max(...waits)]).toEqual([10, 19]);
  });

  it.each([1, 3, 5])('of %i nodes one that a majority votes for leads', (voters) => {
    const cluster = createCluster(voters);
    cluster.tickUntil(() => cluster.leader() !== undefined, 60);
    expect(cluster.nodes.filter(({ raft }) => raft.role === 'leader')).toHaveLength(1);
    expect(new Set(cluster.nodes.map(({ raft }) => raft.leader))).toEqual(new Set([cluster.leader()?.id]));
  });

  it('a candidate without a majority stays one, and tries again in the next term', () => {
    const cluster = createCluster(5);
    cluster.partition([
      [1, 2],
      [3, 4, 5],
    ]);
    cluster.node(1).raft.campaign();
    cluster.settle();
    expect([cluster.node(1).raft.role, cluster.node(1).raft.term]).toEqual(['candidate', 1]);
    cluster.tick(1, 20);
    expect([cluster.node(1).raft.role, cluster.node(1).raft.term]).toEqual(['candidate', 2]);
  });

  it('a candidate that is refused by a majority follows again', () => {
    const cluster = createCluster(3);
    const { raft } = cluster.node(1);
    raft.campaign();
    cluster.node(1).processReady();
    for (const from of [2, 3]) {
      raft.step(createMessage({ type: MessageType.voteResponse, from: nodeId(from), term: term(1), reject: true }));
    }
    expect([raft.role, raft.term]).toEqual(['follower', 1]);
  });

  it('a node votes once per term, for who asks first, and again for the same', () => {
    const node = createCluster(3).node(1);
    const ask = (from: number): readonly Message[] =>
      exchange(node, {
        type: MessageType.vote,
        from: nodeId(from),
        term: term(1),
        index: logIndex(1),
        logTerm: term(1),
      });
    expect(ask(2)).toMatchObject([{ to: 2, reject: false }]);
    expect(ask(3)).toMatchObject([{ to: 3, reject: true }]);
    expect(ask(2)).toMatchObject([{ to: 2, reject: false }]);
  });

  it('a vote survives a crash', () => {
    const cluster = createCluster(3);
    const node = cluster.node(1);
    const ask = (from: number): readonly Message[] =>
      exchange(node, {
        type: MessageType.vote,
        from: nodeId(from),
        term: term(1),
        index: logIndex(1),
        logTerm: term(1),
      });
    expect(ask(2)).toMatchObject([{ reject: false }]);
    cluster.restart(1);
    expect(ask(3)).toMatchObject([{ to: 3, reject: true }]);
  });

  it('votes are sent only with what makes them last', () => {
    const node = createCluster(3).node(1);
    node.raft.step(
      createMessage({ type: MessageType.vote, from: nodeId(2), term: term(1), index: logIndex(1), logTerm: term(1) }),
    );
    expect(node.raft.ready()).toMatchObject({
      hardState: { term: 1, vote: 2 },
      mustSync: true,
      messages: [{ type: MessageType.voteResponse, to: 2 }],
    });
  });

  it('a candidate gives way to a leader of its own term', () => {
    const cluster = createCluster(3);
    const { raft } = cluster.node(1);
    raft.campaign();
    raft.step(createMessage({ type: MessageType.heartbeat, from: nodeId(2), term: term(1) }));
    expect([raft.role, raft.leader]).toEqual(['follower', 2]);
  });

  it('two candidates that split the votes are followed by one that wins', () => {
    const cluster = createCluster(4);
    cluster.node(1).raft.campaign();
    cluster.node(2).raft.campaign();
    cluster.partition([
      [1, 3],
      [2, 4],
    ]);
    cluster.settle();
    cluster.heal();
    expect(cluster.leader()).toBeUndefined();
    cluster.tickUntil(() => cluster.leader() !== undefined, 200);
    expect(cluster.leader()?.raft.term).toBeGreaterThan(1);
  });
});

describe('section 3.6.1: election restriction', () => {
  const cases = [
    { name: 'a longer log of the same term', index: 4, logTerm: 2, granted: true },
    { name: 'an equal log', index: 3, logTerm: 2, granted: true },
    { name: 'a shorter log of the same term', index: 2, logTerm: 2, granted: false },
    { name: 'a shorter log of a later term', index: 1, logTerm: 3, granted: true },
    { name: 'a longer log of an earlier term', index: 9, logTerm: 1, granted: false },
  ];

  it.each(cases)('$name gets the vote: $granted', ({ index, logTerm, granted }) => {
    const node = createCluster(3).node(1);
    const entries = [2, 3].map((at) => ({
      index: logIndex(at),
      term: term(2),
      type: 0 as const,
      data: new Uint8Array(0),
    }));
    exchange(node, {
      type: MessageType.append,
      from: nodeId(2),
      term: term(2),
      index: logIndex(1),
      logTerm: term(1),
      entries,
    });
    const asked = {
      type: MessageType.vote,
      from: nodeId(3),
      term: term(4),
      index: logIndex(index),
      logTerm: term(logTerm),
    };
    expect(exchange(node, asked)).toMatchObject([{ type: MessageType.voteResponse, reject: !granted }]);
  });
});

describe('section 9.6: pre-vote', () => {
  it('a node that was cut off does not raise the term when it returns', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    cluster.elect(1);
    cluster.partition([[1, 2], [3]]);
    for (let ticks = 0; ticks < 100; ticks += 1) {
      cluster.tickAll();
      cluster.settle();
    }
    expect(cluster.node(3).raft).toMatchObject({ role: 'preCandidate', term: 1 });
    cluster.heal();
    cluster.tickUntil(() => cluster.node(3).raft.role === 'follower', 20);
    expect(cluster.leader()).toBe(cluster.node(1));
    expect(cluster.node(1).raft.term).toBe(1);
  });

  it('a pre-vote is no vote: nothing is stored for it', () => {
    const node = createMemoryCluster({ voters: 3, seed: 3 }).node(1);
    const asked = { type: MessageType.preVote, from: nodeId(2), term: term(1), index: logIndex(1), logTerm: term(1) };
    expect(exchange(node, asked)).toMatchObject([{ type: MessageType.preVoteResponse, term: 1, reject: false }]);
    expect(node.raft.term).toBe(0);
    expect(node.storage.initialState().hardState).toMatchObject({ term: 0, vote: 0 });
  });

  it('a late answer to a pre-vote is no vote either', () => {
    const node = createMemoryCluster({ voters: 3, seed: 3 }).node(1);
    const preVote = (from: number): Message =>
      createMessage({ type: MessageType.preVoteResponse, from: nodeId(from), term: term(1) });
    node.raft.campaign();
    node.processReady();
    node.raft.step(preVote(2));
    node.processReady();
    expect(node.raft.role).toBe('candidate');
    node.raft.step(preVote(3));
    expect(node.raft.role).toBe('candidate');
  });
});

describe('section 6.2 and 4.2.3: quorum check and lease', () => {
  it('a leader that does not hear a quorum steps down', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    cluster.partition([[1], [2, 3]]);
    cluster.tick(1, 21);
    expect(leader.raft.role).toBe('follower');
  });

  it('a leader that hears one of two followers stays', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    cluster.partition([[1, 2], [3]]);
    for (let ticks = 0; ticks < 50; ticks += 1) {
      cluster.tickAll();
      cluster.settle();
    }
    expect(leader.raft.role).toBe('leader');
  });

  it('nobody is voted for while a leader is heard', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    cluster.elect(1);
    const asked = { type: MessageType.vote, from: nodeId(3), term: term(9), index: logIndex(9), logTerm: term(9) };
    expect(exchange(cluster.node(2), asked)).toEqual([]);
    expect(cluster.node(2).raft.term).toBe(1);
  });

  it('a follower that is told to forget its leader grants a pre-vote at once', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    cluster.elect(1);
    cluster.crash(1);
    cluster.node(2).raft.forgetLeader();
    cluster.node(3).raft.forgetLeader();
    expect(cluster.elect(2).raft.term).toBe(2);
  });
});

describe('section 3.10: leadership transfer', () => {
  it('goes to a follower whose log is complete, at once', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    leader.raft.transferLeadership(nodeId(2));
    cluster.settle();
    expect(cluster.leader()).toBe(cluster.node(2));
  });

  it('goes to one that lags as soon as it has caught up', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    cluster.partition([[1, 2], [3]]);
    leader.raft.propose([new Uint8Array(3), new Uint8Array(4)]);
    cluster.settle();
    cluster.heal();
    leader.raft.transferLeadership(nodeId(3));
    cluster.tickUntil(() => cluster.leader() === cluster.node(3), 5);
  });

  it('may be asked of a follower, who passes it on', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    cluster.elect(1);
    cluster.node(2).raft.transferLeadership(nodeId(3));
    cluster.settle();
    expect(cluster.leader()).toBe(cluster.node(3));
  });

  it('holds proposals back, for an election timeout at most', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    cluster.cut(1, 3);
    leader.raft.transferLeadership(nodeId(3));
    const transferring = expect.objectContaining({ code: 'RAFT_TRANSFERRING', outcome: 'rejected', retriable: true });
    expect(() => leader.raft.propose([new Uint8Array(1)])).toThrow(transferring);
    for (let ticks = 0; ticks < 11; ticks += 1) {
      cluster.tick(1);
      cluster.settle();
    }
    expect(() => leader.raft.propose([new Uint8Array(1)])).not.toThrow();
  });
});

describe('a leader that cannot do its work', () => {
  it('resigns: follows nobody in the same term, and one that has its log is elected at once', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    const { term: before } = leader.raft;
    cluster.cut(1, 2);
    leader.raft.propose([new Uint8Array(3)]);
    cluster.settle();
    cluster.heal();
    leader.raft.resign();
    expect(leader.raft).toMatchObject({ role: 'follower', term: before, leader: 0 });
    cluster.settle();
    expect(cluster.leader()).toBe(cluster.node(3));
    expect(cluster.node(3).raft.term).toBe(before + 1);
  });

  it('resigns also where nobody hears it: the others elect another by themselves', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    const leader = cluster.elect(1);
    cluster.partition([[1], [2, 3]]);
    leader.raft.resign();
    cluster.tickUntil(() => cluster.leader() !== undefined && cluster.leader() !== leader, 40);
  });

  it('and a follower has nothing to resign from', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 3 });
    cluster.elect(1);
    cluster.node(2).raft.resign();
    expect(cluster.node(2).raft.leader).toBe(1);
  });
});

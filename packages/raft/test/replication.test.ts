import { createMessage, type Entry, EntryType, logIndex, MessageType, nodeId, RaftError, term } from '@streambus/raft';
import { createMemoryCluster, type MemoryCluster, type MemoryNode } from '@streambus/raft/testing';
import { describe, expect, it } from 'vitest';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function createCluster(voters: number, raft: object = {}): MemoryCluster {
  return createMemoryCluster({ voters, seed: 11, raft });
}

function appliedTexts(node: MemoryNode): readonly string[] {
  return node.applied
    .filter(({ type, data }) => type === EntryType.normal && data.length > 0)
    .map(({ data }) => new TextDecoder().decode(data));
}

function termsOf(node: MemoryNode): readonly number[] {
  return node.log().map((entry) => entry.term);
}

describe('section 3.5: log replication', () => {
  it.each([1, 3, 5])('what is proposed to a leader of %i nodes is applied by all, in its order', (voters) => {
    const cluster = createCluster(voters);
    const leader = cluster.elect(1);
    leader.raft.propose([text('one'), text('two')]);
    leader.raft.propose([text('three')]);
    cluster.settle();
    for (const node of cluster.nodes) expect(appliedTexts(node)).toEqual(['one', 'two', 'three']);
  });

  it('a leader begins its term with an empty entry', () => {
    const leader = createCluster(3).elect(1);
    expect(leader.log()).toMatchObject([{ index: 2, term: 1, type: EntryType.normal, data: new Uint8Array(0) }]);
  });

  it('an entry is committed when a majority has it, and not before', () => {
    const cluster = createCluster(5);
    const leader = cluster.elect(1);
    const before = leader.raft.commit;
    cluster.partition([
      [1, 2],
      [3, 4, 5],
    ]);
    leader.raft.propose([text('kept back')]);
    cluster.settle();
    expect(leader.raft.commit).toBe(before);
    cluster.partition([
      [1, 2, 3],
      [4, 5],
    ]);
    cluster.tickUntil(() => leader.raft.commit > before, 5);
    expect(appliedTexts(cluster.node(3))).toEqual(['kept back']);
  });

  it('the leader’s own copy counts only once it is stored', () => {
    const node = createCluster(1).elect(1);
    node.raft.propose([text('mine')]);
    const ready = node.raft.ready();
    expect(ready).toMatchObject({ entries: [{ index: 3 }], committedEntries: [], mustSync: true });
    node.storage.append(ready.entries);
    node.raft.advance();
    expect(node.raft.ready()).toMatchObject({ committedEntries: [{ index: 3 }], mustSync: false });
  });

  it('followers learn the commit index and apply', () => {
    const cluster = createCluster(3);
    cluster.elect(1).raft.propose([text('told')]);
    cluster.settle();
    expect(cluster.nodes.map(({ raft }) => raft.commit)).toEqual([3, 3, 3]);
  });

  it('a follower that has not the entry before refuses, with a hint where the logs may agree', () => {
    const node = createCluster(3).node(1);
    const append = { type: MessageType.append, from: nodeId(2), term: term(3), index: logIndex(7), logTerm: term(3) };
    node.raft.step(createMessage(append));
    expect(node.processReady()).toMatchObject([
      { type: MessageType.appendResponse, reject: true, index: 7, rejectHint: 1, logTerm: 1 },
    ]);
  });

  it.each([
    { name: 'a follower that lacks entries', terms: [1, 1] },
    { name: 'one with entries that were never committed', terms: [1, 1, 1, 2, 2, 2] },
    { name: 'one with more entries of an old term', terms: [1, 1, 1, 1, 1, 1, 1, 1] },
  ])('a leader brings $name to its own log (figure 3.6)', ({ terms }) => {
    const cluster = createMemoryCluster({ voters: 3, seed: 5, raft: { preVote: false, checkQuorum: false } });
    const entries = (values: readonly number[]): Entry[] =>
      values.map((value, at) => ({
        index: logIndex(at + 2),
        term: term(value),
        type: EntryType.normal,
        data: text(`${value}`),
      }));
    const given = [[1, 1, 1, 3, 3], [1, 1, 1, 3], terms];
    for (const [at, values] of given.entries()) {
      const node = cluster.node(at + 1);
      node.storage.append(entries(values));
      node.storage.setHardState({ term: term(3), vote: nodeId(0), commit: logIndex(0) });
      cluster.restart(node.id);
    }
    cluster.elect(1);
    expect(termsOf(cluster.node(3))).toEqual([1, 1, 1, 3, 3, 4]);
    expect(new Set(cluster.nodes.map(({ digest }) => digest)).size).toBe(1);
  });

  it('entries that find out where a slow follower is go once in an election time-out, however many heartbeats it answers', () => {
    const probesIn = (raft: object): number => {
      const cluster = createCluster(3, { ...raft, heartbeatTimeoutTicks: 1, electionTimeoutTicks: 10 });
      const leader = cluster.elect(1);
      // It is taken for one of which nothing is known, as after an election.
      leader.raft.reportUnreachable(nodeId(3));
      leader.raft.propose([text('large')]);
      let probes = 0;
      for (let tick = 0; tick < 20; tick++) {
        leader.raft.tick();
        for (const message of leader.processReady()) {
          if (message.to === nodeId(3) && message.type === MessageType.append && message.entries.length > 0) probes++;
        }
        for (const id of [2, 3]) {
          leader.raft.step(
            createMessage({
              type: MessageType.heartbeatResponse,
              from: nodeId(id),
              to: leader.id,
              term: leader.raft.term,
            }),
          );
        }
      }
      return probes;
    };
    expect(probesIn({})).toBe(20);
    expect(probesIn({ probeTimeoutTicks: 10 })).toBe(2);
  });

  it('an append that arrives twice, or late, changes nothing', () => {
    const cluster = createCluster(3);
    const leader = cluster.elect(1);
    leader.raft.propose([text('one')]);
    cluster.process(1);
    const append = cluster.inFlight[0];
    leader.raft.propose([text('two')]);
    cluster.settle();
    if (append === undefined) throw new Error('the leader sent nothing');
    cluster.node(append.to).raft.step(append);
    cluster.settle();
    expect(appliedTexts(cluster.node(append.to))).toEqual(['one', 'two']);
  });
});

describe('section 3.6.2: entries of earlier terms', () => {
  it('are not committed by counting, only with an entry of the leader’s own term (figure 3.7)', () => {
    const cluster = createMemoryCluster({ voters: 5, seed: 5, raft: { preVote: false, checkQuorum: false } });
    const old = { index: logIndex(2), term: term(2), type: EntryType.normal, data: text('old') };
    for (const id of [1, 2]) {
      cluster.node(id).storage.append([old]);
      cluster.node(id).storage.setHardState({ term: term(2), vote: nodeId(0), commit: logIndex(1) });
      cluster.restart(id);
    }
    cluster.node(1).raft.campaign();
    // Everything but the acknowledgement of the leader's own entry: a majority has the old one.
    for (let acted = true; acted; ) {
      acted = false;
      for (const { id, raft } of cluster.nodes) {
        if (raft.hasReady()) acted = true;
        cluster.process(id);
      }
      while (cluster.inFlight.length > 0) {
        const { type, index } = cluster.inFlight[0] ?? {};
        if (type === MessageType.appendResponse && index === 3) cluster.drop();
        else cluster.deliver();
        acted = true;
      }
    }
    const { raft } = cluster.node(1);
    raft.step(createMessage({ type: MessageType.appendResponse, from: nodeId(2), term: term(3), index: logIndex(2) }));
    raft.step(createMessage({ type: MessageType.appendResponse, from: nodeId(3), term: term(3), index: logIndex(2) }));
    expect([raft.role, raft.commit]).toEqual(['leader', 1]);
    raft.step(createMessage({ type: MessageType.appendResponse, from: nodeId(2), term: term(3), index: logIndex(3) }));
    raft.step(createMessage({ type: MessageType.appendResponse, from: nodeId(3), term: term(3), index: logIndex(3) }));
    expect(raft.commit).toBe(3);
  });
});

describe('section 3.7: crashes', () => {
  it('a node that restarts goes on with what it has stored', () => {
    const cluster = createCluster(3);
    cluster.elect(1).raft.propose([text('kept')]);
    cluster.settle();
    for (const { id } of cluster.nodes) cluster.restart(id);
    cluster.tickUntil(() => cluster.leader() !== undefined, 60);
    cluster.settle();
    for (const node of cluster.nodes) expect(appliedTexts(node)).toEqual(['kept']);
  });

  it('what was applied counts as committed, where the stored commit index is older', () => {
    const cluster = createCluster(3);
    cluster.elect(1).raft.propose([text('applied')]);
    cluster.settle();
    const { storage, confState, appliedIndex } = cluster.node(2);
    storage.createSnapshot(appliedIndex, confState, new Uint8Array(4));
    storage.setHardState({ ...storage.initialState().hardState, commit: logIndex(1) });
    cluster.restart(2);
    expect(cluster.node(2).raft.commit).toBe(appliedIndex);
  });

  it('what was not stored is sent again', () => {
    const cluster = createCluster(3, { asyncStorageWrites: true });
    const leader = cluster.elect(1);
    leader.raft.propose([text('again')]);
    cluster.process(1);
    while (cluster.inFlight.length > 0) cluster.deliver();
    cluster.process(2);
    cluster.restart(2);
    cluster.tickUntil(() => appliedTexts(cluster.node(2)).length > 0, 20);
    expect(appliedTexts(cluster.node(2))).toEqual(['again']);
  });
});

describe('proposals', () => {
  it('to a follower go to its leader', () => {
    const cluster = createCluster(3);
    cluster.elect(1);
    cluster.node(3).raft.propose([text('passed on')]);
    cluster.settle();
    expect(appliedTexts(cluster.node(2))).toEqual(['passed on']);
  });

  it('are dropped with a reason', () => {
    const cluster = createCluster(3, { disableProposalForwarding: true, maxUncommittedBytes: 10 });
    const attempt = (id: number, bytes = 1): string | undefined => {
      try {
        cluster.node(id).raft.propose([new Uint8Array(bytes)]);
        return undefined;
      } catch (error) {
        return error instanceof RaftError ? error.code : String(error);
      }
    };
    expect(attempt(2)).toBe('RAFT_NO_LEADER');
    cluster.elect(1);
    expect(attempt(2)).toBe('RAFT_NOT_LEADER');
    expect(attempt(1, 20)).toBeUndefined();
    expect(attempt(1)).toBe('RAFT_UNCOMMITTED_FULL');
    cluster.settle();
    expect(attempt(1)).toBeUndefined();
  });

  it('are refused as messages where a message never crosses the network', () => {
    const { raft } = createCluster(3).node(1);
    const local = expect.objectContaining({ code: 'RAFT_LOCAL_MESSAGE' });
    const unknown = expect.objectContaining({ code: 'RAFT_PEER_UNKNOWN' });
    expect(() => raft.step(createMessage({ type: MessageType.campaign, from: nodeId(2) }))).toThrow(local);
    expect(() => raft.step(createMessage({ type: MessageType.appendResponse, from: nodeId(9) }))).toThrow(unknown);
  });
});

describe('flow control', () => {
  it('a follower has at most maxInflightMessages on their way, and is found again when all were lost', () => {
    const cluster = createCluster(3, { maxInflightMessages: 4, maxMessageBytes: 1 });
    const leader = cluster.elect(1);
    cluster.partition([[1, 2], [3]]);
    leader.raft.propose(Array.from({ length: 50 }, (_, at) => text(`${at}`)));
    cluster.settle();
    expect(leader.raft.status().progress.get(nodeId(3))).toMatchObject({ inflightMessages: 4, inflightFull: true });
    expect(leader.raft.status().progress.get(nodeId(2))?.match).toBe(52);
    cluster.heal();
    cluster.tickUntil(() => cluster.node(3).appliedIndex === 52, 10);
  });

  it('or maxInflightBytes of data', () => {
    const cluster = createCluster(3, { maxInflightBytes: 1000, maxMessageBytes: 100 });
    const leader = cluster.elect(1);
    cluster.cut(1, 3);
    for (let count = 0; count < 30; count += 1) leader.raft.propose([new Uint8Array(80)]);
    const toThird = leader.raft.status().progress.get(nodeId(3));
    expect(toThird?.inflightBytes).toBeLessThanOrEqual(1000 + 80);
    expect(toThird?.inflightFull).toBe(true);
  });

  it('one append carries at most maxMessageBytes, or one entry', () => {
    const cluster = createCluster(3, { maxMessageBytes: 100 });
    const leader = cluster.elect(1);
    leader.raft.propose([new Uint8Array(40), new Uint8Array(40), new Uint8Array(500), new Uint8Array(10)]);
    cluster.process(1);
    const batches = cluster.inFlight.filter(({ to }) => to === 2).map(({ entries }) => entries.length);
    expect(batches[0]).toBe(2);
    cluster.settle();
    expect(cluster.node(2).appliedIndex).toBe(6);
  });

  it('a follower reported unreachable is probed, then streamed to again', () => {
    const cluster = createCluster(3);
    const leader = cluster.elect(1);
    leader.raft.reportUnreachable(nodeId(2));
    expect(leader.raft.status().progress.get(nodeId(2))?.state).toBe('probe');
    cluster.tickUntil(() => leader.raft.status().progress.get(nodeId(2))?.state === 'replicate', 3);
  });
});

describe('the asynchronous form', () => {
  it('sends entries to followers while the leader’s own disk still writes them', () => {
    const cluster = createCluster(3, { asyncStorageWrites: true });
    const leader = cluster.elect(1);
    leader.raft.propose([text('parallel')]);
    cluster.process(1);
    while (cluster.inFlight.length > 0) cluster.deliver();
    for (const id of [2, 3]) {
      cluster.process(id);
      cluster.processAppend(id);
    }
    while (cluster.inFlight.length > 0) cluster.deliver();
    // Both followers have stored it; the leader has not, and it is committed all the same.
    expect(leader.pendingAppends).toBeGreaterThan(0);
    expect(leader.raft.commit).toBe(3);
    expect(appliedTexts(leader)).toEqual([]);
    cluster.settle();
    expect(appliedTexts(leader)).toEqual(['parallel']);
  });

  it('acknowledges nothing that is not stored', () => {
    const cluster = createCluster(3, { asyncStorageWrites: true });
    const leader = cluster.elect(1);
    leader.raft.propose([text('careful')]);
    cluster.process(1);
    while (cluster.inFlight.length > 0) cluster.deliver();
    cluster.process(2);
    expect(cluster.inFlight).toEqual([]);
    cluster.processAppend(2);
    expect(cluster.inFlight).toMatchObject([{ type: MessageType.appendResponse, from: 2, index: 3 }]);
  });

  it('lets nobody lead before its own vote is stored, whoever else votes for it', () => {
    const cluster = createCluster(3, { asyncStorageWrites: true, preVote: false, checkQuorum: false });
    const { raft } = cluster.node(1);
    raft.campaign();
    cluster.process(1);
    while (cluster.inFlight.length > 0) cluster.deliver();
    for (const id of [2, 3]) {
      cluster.process(id);
      cluster.processAppend(id);
    }
    while (cluster.inFlight.length > 0) cluster.deliver();
    // A crash now takes the vote, and the term with it: the same two would elect it once more, to write other entries in the same places.
    expect([raft.role, raft.term]).toEqual(['candidate', 1]);
    while (cluster.node(1).pendingAppends > 0) cluster.processAppend(1);
    expect([raft.role, raft.term]).toEqual(['leader', 1]);
  });

  it('knows no advance, and the synchronous form no second ready before it', () => {
    const asynchronous = createCluster(1, { asyncStorageWrites: true }).elect(1);
    expect(() => asynchronous.raft.advance()).toThrow('asynchronous form');
    const { raft } = createCluster(1).node(1);
    raft.campaign();
    raft.ready();
    expect(() => raft.ready()).toThrow('before advance');
  });
});

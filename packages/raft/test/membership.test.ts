import {
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  createConfState,
  createInitialSnapshot,
  createMessage,
  createRaft,
  decodeConfChange,
  EntryType,
  logIndex,
  MemoryStorage,
  type Message,
  MessageType,
  nodeId,
} from '@streambus/raft';
import { createMemoryCluster } from '@streambus/raft/testing';
import { createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';

const none = new Uint8Array(0);
const add = (id: number): ConfChangeSingle => ({ type: ConfChangeType.addNode, nodeId: nodeId(id) });
const addLearner = (id: number): ConfChangeSingle => ({ type: ConfChangeType.addLearnerNode, nodeId: nodeId(id) });
const remove = (id: number): ConfChangeSingle => ({ type: ConfChangeType.removeNode, nodeId: nodeId(id) });
const change = (changes: readonly ConfChangeSingle[], transition: ConfChangeTransition = 0): ConfChangeV2 => ({
  transition,
  changes,
  context: none,
});

describe('section 4.1: one server at a time', () => {
  it('a node that joins gets a snapshot, then the log', () => {
    const cluster = createMemoryCluster({ voters: 1, spares: 1, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.propose([new Uint8Array(5)]);
    leader.raft.proposeConfChange(change([add(2)]));
    cluster.settle();
    leader.raft.propose([new Uint8Array(6)]);
    cluster.tickUntil(() => cluster.node(2).appliedIndex === leader.appliedIndex, 5);
    expect(cluster.node(2).confState.voters).toEqual([1, 2]);
    expect(cluster.node(2).digest).toBe(leader.digest);
  });

  it('a second change while one is pending becomes an empty entry', () => {
    const cluster = createMemoryCluster({ voters: 3, spares: 2, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([add(4)]));
    leader.raft.proposeConfChange(change([add(5)]));
    cluster.settle();
    expect(leader.confState.voters).toEqual([1, 2, 3, 4]);
    expect(leader.applied.at(-1)).toMatchObject({ type: EntryType.normal, data: none });
  });

  it('the older wire form does the same', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange({ id: 1, type: ConfChangeType.removeNode, nodeId: nodeId(3), context: none });
    cluster.settle();
    expect(leader.confState.voters).toEqual([1, 2]);
  });

  it('a change that cannot be made is refused when it is applied, by every node alike', () => {
    const { raft } = createMemoryCluster({ voters: 3, seed: 2 }).node(1);
    const invalid = expect.objectContaining({ code: 'RAFT_CONF_CHANGE_INVALID' });
    expect(() => raft.applyConfChange(change([]))).toThrow(invalid);
    expect(raft.status().confState.voters).toEqual([1, 2, 3]);
  });
});

describe('section 4.2.1: learners', () => {
  it('receive the log and decide nothing', () => {
    const cluster = createMemoryCluster({ voters: 1, learners: 2, seed: 2 });
    const leader = cluster.elect(1);
    cluster.crash(2);
    leader.raft.propose([new Uint8Array(3)]);
    cluster.settle();
    expect(cluster.node(3).appliedIndex).toBe(leader.appliedIndex);
    cluster.node(3).raft.campaign();
    cluster.settle();
    expect(cluster.leader()).toBe(leader);
  });

  it('are promoted when they have caught up', () => {
    const cluster = createMemoryCluster({ voters: 1, spares: 1, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([addLearner(2)]));
    cluster.tickUntil(() => cluster.node(2).confState.learners.length === 1, 5);
    leader.raft.proposeConfChange(change([add(2)]));
    cluster.settle();
    expect(leader.raft.status().confState).toMatchObject({ voters: [1, 2], learners: [] });
  });
});

describe('section 4.2.2: removing the leader', () => {
  it('the leader commits the change without counting itself, then steps down', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([remove(1)]));
    cluster.settle();
    expect(leader.raft.role).toBe('follower');
    cluster.tickUntil(() => cluster.leader() !== undefined, 60);
    expect(cluster.leader()?.confState.voters).toEqual([2, 3]);
  });

  it('or stays where that is switched off, and takes no more proposals', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2, raft: { stepDownOnRemoval: false } });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([remove(1)]));
    cluster.settle();
    expect(leader.raft.role).toBe('leader');
    const removed = expect.objectContaining({ code: 'RAFT_REMOVED', retriable: false });
    expect(() => leader.raft.propose([none])).toThrow(removed);
  });
});

describe('section 4.3: joint consensus', () => {
  it('several changes at once go through a joint configuration that is left by itself', () => {
    const cluster = createMemoryCluster({ voters: 3, spares: 2, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([remove(2), remove(3), add(4), add(5)]));
    cluster.tickUntil(
      () => leader.confState.votersOutgoing.length === 0 && leader.confState.voters.includes(nodeId(5)),
      20,
    );
    expect(leader.confState).toMatchObject({ voters: [1, 4, 5], votersOutgoing: [], autoLeave: false });
  });

  it('an explicit one stays joint until it is told to leave', () => {
    const cluster = createMemoryCluster({ voters: 3, spares: 1, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([remove(3), add(4)], ConfChangeTransition.jointExplicit));
    cluster.tickUntil(() => cluster.node(4).confState.votersOutgoing.length === 3, 5);
    expect(leader.confState).toMatchObject({ voters: [1, 2, 4], votersOutgoing: [1, 2, 3] });
    leader.raft.proposeConfChange(change([]));
    cluster.settle();
    expect(leader.confState).toMatchObject({ voters: [1, 2, 4], votersOutgoing: [] });
  });

  it('needs a majority of both halves', () => {
    const cluster = createMemoryCluster({ voters: 3, spares: 2, seed: 2 });
    const leader = cluster.elect(1);
    const replace = [remove(2), remove(3), add(4), add(5)];
    leader.raft.proposeConfChange(change(replace, ConfChangeTransition.jointExplicit));
    cluster.tickUntil(() => cluster.node(5).confState.votersOutgoing.length === 3, 5);
    const before = leader.raft.commit;
    cluster.partition([
      [1, 4, 5],
      [2, 3],
    ]);
    leader.raft.propose([new Uint8Array(1)]);
    cluster.settle();
    expect(leader.raft.commit).toBe(before);
    cluster.heal();
    cluster.tickUntil(() => leader.raft.commit > before, 5);
  });

  it('a voter that is demoted votes until the end, then learns', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2 });
    const leader = cluster.elect(1);
    leader.raft.proposeConfChange(change([addLearner(3)], ConfChangeTransition.jointExplicit));
    cluster.settle();
    expect(leader.confState).toMatchObject({ voters: [1, 2], votersOutgoing: [1, 2, 3], learnersNext: [3] });
    leader.raft.proposeConfChange(change([]));
    cluster.settle();
    expect(leader.confState).toMatchObject({ voters: [1, 2], learners: [3], learnersNext: [] });
  });
});

describe('chapter 5: snapshots', () => {
  it('a follower that needs what was compacted gets a snapshot', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2 });
    const leader = cluster.elect(1);
    cluster.crash(3);
    for (let at = 0; at < 10; at += 1) leader.raft.propose([new Uint8Array(at)]);
    cluster.settle();
    leader.compact();
    cluster.restart(3);
    cluster.tickUntil(() => cluster.node(3).appliedIndex === leader.appliedIndex, 20);
    expect(cluster.node(3).digest).toBe(leader.digest);
    expect(cluster.node(3).storage.firstIndex()).toBe(leader.storage.firstIndex());
  });

  it('is not sent to a follower that says nothing', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2 });
    const leader = cluster.elect(1);
    cluster.crash(3);
    for (let ticks = 0; ticks < 30; ticks += 1) {
      cluster.tickAll();
      cluster.settle();
    }
    leader.raft.propose([new Uint8Array(1)]);
    cluster.settle();
    leader.compact();
    leader.raft.reportUnreachable(nodeId(3));
    leader.raft.propose([new Uint8Array(1)]);
    expect(leader.raft.status().progress.get(nodeId(3))?.state).toBe('probe');
  });

  it('one that got lost is sent again after the failure was reported', () => {
    const cluster = createMemoryCluster({ voters: 3, seed: 2 });
    const leader = cluster.elect(1);
    cluster.crash(3);
    leader.raft.propose([new Uint8Array(1)]);
    cluster.settle();
    leader.compact();
    cluster.restart(3);
    let lost = 0;
    for (let rounds = 0; lost === 0; rounds += 1) {
      cluster.tick(1);
      for (const { id } of cluster.nodes) cluster.process(id);
      for (let count = cluster.inFlight.length; count > 0; count -= 1) {
        if (cluster.inFlight[0]?.type !== MessageType.snapshot) {
          cluster.deliver();
          continue;
        }
        expect(leader.raft.status().progress.get(nodeId(3))?.state).toBe('snapshot');
        cluster.drop();
        expect(leader.raft.status().progress.get(nodeId(3))).toMatchObject({ state: 'probe', paused: true });
        lost += 1;
      }
      if (rounds > 20) throw new Error('no snapshot was sent');
    }
    cluster.tickUntil(() => cluster.node(3).appliedIndex === leader.appliedIndex, 20);
  });

  it('a snapshot from before a member joined is not sent to it', () => {
    const storage = new MemoryStorage(createInitialSnapshot(createConfState([nodeId(1)])));
    const options = { id: nodeId(1), applied: logIndex(1), electionTimeoutTicks: 10, heartbeatTimeoutTicks: 1 };
    const raft = createRaft(options, { storage, random: createSeededRandom(1) });
    const work = (): readonly Message[] => {
      const sent: Message[] = [];
      while (raft.hasReady()) {
        const ready = raft.ready();
        storage.append(ready.entries);
        for (const entry of ready.committedEntries) {
          const committed = decodeConfChange(entry);
          if (committed !== undefined) raft.applyConfChange(committed);
        }
        sent.push(...ready.messages);
        raft.advance();
      }
      return sent;
    };
    raft.campaign();
    work();
    raft.proposeConfChange(change([add(2)]));
    work();
    // The member's log is empty, so it can only be helped by a snapshot, and the one in storage does not know it.
    const refusal = {
      type: MessageType.appendResponse,
      from: nodeId(2),
      term: raft.term,
      index: logIndex(2),
      reject: true,
    };
    raft.step(createMessage(refusal));
    expect(work()).toEqual([]);
    storage.createSnapshot(raft.commit, raft.status().confState, none);
    raft.step(createMessage({ type: MessageType.heartbeatResponse, from: nodeId(2), term: raft.term }));
    expect(work()).toMatchObject([{ type: MessageType.snapshot, to: 2 }]);
  });
});

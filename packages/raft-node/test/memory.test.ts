import { createRaftNode, type RaftNodeEvent, type StateMachine } from '@streambus/raft-node';
import { startTestNode } from '@streambus/raft-node/testing';
import { createManualClock, createMemoryDisk, createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, decode, encode } from './journal.ts';

describe('a node', () => {
  it('leads at once when it is alone, and says so', async () => {
    const clock = createManualClock();
    const node = createRaftNode(
      { clusterId: 'c', nodeId: 3, storage: 'memory' },
      { disk: createMemoryDisk(), clock, random: createSeededRandom(1), stateMachine: createJournal() },
    );
    const events: RaftNodeEvent[] = [];
    node.subscribe((event) => events.push(event));
    await node.start();
    await clock.until(node.readBarrier());
    expect(clock.monotonicMs()).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'leader', leader: 3, term: 1 });
    expect(node.status()).toMatchObject({
      phase: 'running',
      role: 'leader',
      leader: 3,
      term: 1,
      commit: 2,
      applied: 2,
      lastIndex: 2,
      members: { voters: [3] },
    });
    await node.stop();
  });

  it('answers what the state machine says, in the order of proposals', async () => {
    const journal = createJournal();
    await using test = await startTestNode(journal);
    const { node, clock } = test;
    const answers = await clock.until(Promise.all(['a', 'b', 'c'].map((text) => node.propose(encode(text)))));
    expect(answers.map(decode)).toEqual(['1', '2', '3']);
    expect(journal.entries).toEqual(['a', 'b', 'c']);
  });

  it('copies what is proposed', async () => {
    const journal = createJournal();
    await using test = await startTestNode(journal);
    const bytes = encode('mine');
    const answer = test.node.propose(bytes);
    bytes.fill(0);
    await test.clock.until(answer);
    expect(journal.entries).toEqual(['mine']);
  });

  it('refuses before start, after stop, and leaves nothing behind', async () => {
    const clock = createManualClock();
    const node = createRaftNode(
      { clusterId: 'c', nodeId: 1, storage: 'memory' },
      { disk: createMemoryDisk(), clock, random: createSeededRandom(1), stateMachine: createJournal() },
    );
    const refused = { code: 'RAFT_NODE_STOPPED', outcome: 'rejected' };
    await expect(node.propose(encode('a'))).rejects.toMatchObject(refused);
    await node.start();
    const under = node.propose(encode('b'));
    const reader = node.readBarrier();
    const ended = Promise.allSettled([under, reader]);
    await node.stop();
    await node.stop();
    expect((await ended).map((end) => end.status === 'rejected' && end.reason.code)).toEqual([
      'RAFT_NODE_STOPPED',
      'RAFT_NODE_STOPPED',
    ]);
    await expect(node.propose(encode('c'))).rejects.toMatchObject(refused);
    expect([node.status().phase, clock.pendingTimers]).toEqual(['stopped', 0]);
  });

  it('may be stopped before it was started, and while it starts', async () => {
    const clock = createManualClock();
    const create = () =>
      createRaftNode(
        { clusterId: 'c', nodeId: 1, storage: { folder: '/raft' } },
        { disk: createMemoryDisk(), clock, random: createSeededRandom(1), stateMachine: createJournal() },
      );
    await create().stop();
    const starting = create();
    const started = starting.start();
    await clock.until(starting.stop());
    await clock.until(started);
    expect([starting.status().phase, clock.pendingTimers]).toEqual(['stopped', 0]);
  });

  it('ends when its state machine throws, and says why', async () => {
    const machine: StateMachine = {
      ...createJournal(),
      apply() {
        throw new Error('no such account');
      },
    };
    await using test = await startTestNode(machine);
    const { node, clock } = test;
    const events: RaftNodeEvent[] = [];
    node.subscribe((event) => events.push(event));
    const failed = { code: 'RAFT_NODE_STATE_MACHINE_FAILED', outcome: 'unknown' };
    await expect(clock.until(node.propose(encode('a')))).rejects.toMatchObject(failed);
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'RAFT_NODE_STATE_MACHINE_FAILED' } });
    expect(node.status()).toMatchObject({ phase: 'failed', failure: { code: 'RAFT_NODE_STATE_MACHINE_FAILED' } });
    await expect(node.propose(encode('b'))).rejects.toMatchObject({ ...failed, outcome: 'rejected' });
    await expect(node.readBarrier()).rejects.toMatchObject({ code: 'RAFT_NODE_STATE_MACHINE_FAILED' });
  });

  it('takes no more than its bounds, and goes on when there is room', async () => {
    await using test = await startTestNode(createJournal(), { maxProposalBytes: 4, maxQueuedProposalBytes: 10 });
    const { node, clock } = test;
    const tooLarge = { code: 'RAFT_NODE_TOO_LARGE', outcome: 'rejected', retriable: false };
    await expect(node.propose(encode('12345'))).rejects.toMatchObject(tooLarge);
    const answers = Promise.all([node.propose(encode('1234')), node.propose(encode('1234'))]);
    const full = { code: 'RAFT_NODE_QUEUE_FULL', outcome: 'rejected', retriable: true };
    await expect(node.propose(encode('1'))).rejects.toMatchObject(full);
    expect(node.status()).toMatchObject({ queuedProposals: 2, queuedProposalBytes: 10 });
    await clock.until(answers);
    expect(node.status()).toMatchObject({ queuedProposals: 0, queuedProposalBytes: 0 });
    await expect(test.propose(encode('1'))).resolves.toEqual(encode('3'));
  });

  it('reports how long things took', async () => {
    const clock = createManualClock();
    const heard: string[] = [];
    const node = createRaftNode(
      { clusterId: 'c', nodeId: 1, storage: 'memory' },
      {
        disk: createMemoryDisk(),
        clock,
        random: createSeededRandom(1),
        stateMachine: createJournal(),
        observer: {
          onCommit: () => heard.push('commit'),
          onAppend: (_durationMs, entries) => heard.push(`append of ${entries}`),
          onApply: (_durationMs, entries) => heard.push(`apply of ${entries}`),
        },
      },
    );
    await node.start();
    await clock.until(node.readBarrier());
    heard.length = 0;
    await clock.until(Promise.all([node.propose(encode('a')), node.propose(encode('b'))]));
    expect(heard).toEqual(['append of 2', 'commit', 'commit', 'apply of 2']);
    await node.stop();
  });

  it('keeps its log short by snapshots, and tells', async () => {
    await using test = await startTestNode(createJournal(), { snapshotAfterEntries: 10 });
    const { node } = test;
    const events: RaftNodeEvent[] = [];
    node.subscribe((event) => events.push(event));
    for (let count = 0; count < 25; count++) await test.propose(encode(`${count}`));
    expect(events.filter((event) => event.type === 'snapshot').length).toBe(2);
    const { snapshotIndex, firstIndex, lastIndex } = node.status();
    expect([snapshotIndex, firstIndex, lastIndex]).toEqual([21, 20, 27]);
    expect(await test.clock.until(node.takeSnapshot())).toBe(27);
    expect(await test.clock.until(node.takeSnapshot())).toBe(27);
  });
});

describe('a read barrier', () => {
  it('shows everything that was acknowledged before it', async () => {
    const journal = createJournal();
    await using test = await startTestNode(journal);
    const { node, clock } = test;
    const answers = Promise.all(['a', 'b'].map((text) => node.propose(encode(text))));
    await clock.until(answers);
    const index = await clock.until(node.readBarrier());
    expect(index).toBe(node.status().applied);
    expect(journal.entries).toEqual(['a', 'b']);
  });

  it('ends with its signal', async () => {
    await using test = await startTestNode(createJournal());
    const controller = new AbortController();
    const reader = test.node.readBarrier({ signal: controller.signal });
    controller.abort();
    await expect(reader).rejects.toMatchObject({ code: 'RAFT_NODE_ABORTED' });
    expect(test.node.status().waitingReads).toBe(0);
  });
});

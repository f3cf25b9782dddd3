import { checksummedFrames, encodeChecksummedFrame, openLog } from '@streambus/log';
import { ConfChangeType, encodeConfChange, logIndex, nodeId, term } from '@streambus/raft';
import { createManualClock, createMemoryDisk, createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createRaftNode } from '../create-raft-node.ts';
import type { RaftNodeEvent } from '../events.ts';
import type { StateMachine } from '../state-machine.ts';
import { encodeLogRecord } from '../storage/log-record.ts';

const nothing = new Uint8Array(0);
const stateMachine: StateMachine = { apply: () => nothing, snapshot: () => nothing, restore: () => {} };
const options = { clusterId: 'c', nodeId: 1, storage: { folder: '/raft' } };

describe('a node whose log holds a membership change', () => {
  it('puts it in force when it is applied, reports it, and keeps it in snapshots', async () => {
    const disk = createMemoryDisk();
    const clock = createManualClock();
    const dependencies = { disk, clock, random: createSeededRandom(1), stateMachine };
    const first = createRaftNode(options, dependencies);
    await clock.until(first.start());
    await clock.until(first.readBarrier());
    const { lastIndex, term: lastTerm } = first.status();
    await clock.until(first.stop());
    const change = encodeConfChange({
      id: 1,
      type: ConfChangeType.addLearnerNode,
      nodeId: nodeId(2),
      context: nothing,
    });
    const { log } = await openLog({ folder: '/raft/log', format: checksummedFrames }, { disk, clock });
    const entry = { index: logIndex(lastIndex + 1), term: term(lastTerm), ...change };
    const hardState = { term: term(lastTerm), vote: nodeId(1), commit: logIndex(lastIndex) };
    const payload = [encodeLogRecord({ hardState, entries: [entry] })];
    log.append(encodeChecksummedFrame({ firstOffset: log.endOffset, payload }));
    await clock.until(log.close());

    const members = { voters: [1], learners: [2] };
    const second = createRaftNode(options, dependencies);
    const events: RaftNodeEvent[] = [];
    second.subscribe((event) => events.push(event));
    await clock.until(second.start());
    await clock.until(second.readBarrier());
    expect(events.filter(({ type }) => type === 'membership')).toMatchObject([{ members, index: entry.index }]);
    expect(second.status()).toMatchObject({ phase: 'running', role: 'leader', members });
    await clock.until(second.takeSnapshot());
    await clock.advance(5_000);
    expect(second.status()).toMatchObject({ phase: 'running', role: 'leader' });
    await clock.until(second.stop());

    const third = createRaftNode(options, dependencies);
    await clock.until(third.start());
    await clock.until(third.readBarrier());
    expect(third.status()).toMatchObject({ role: 'leader', members });
    await clock.until(third.stop());
  });
});

import type { Disk, Logger } from '@streambus/runtime';
import { createManualClock, createMemoryDisk, createSeededRandom, type ManualClock } from '@streambus/runtime/testing';
import { createRaftNode } from '../create-raft-node.ts';
import type { RaftNodeOptions } from '../options.ts';
import type { RaftNode } from '../raft-node.ts';
import type { StateMachine } from '../state-machine.ts';

/** What a test may say; all of it optional. */
export interface TestNodeOptions extends Partial<RaftNodeOptions> {
  /** Default: one of its own. */
  readonly clock?: ManualClock;
  /** With `storage: { folder }`; keep it to start a second life on what the first one left. Default: an empty one in memory. */
  readonly disk?: Disk;
  readonly logger?: Logger;
}

/** A running node that leads, and the clock that drives it. */
export interface TestNode extends AsyncDisposable {
  readonly node: RaftNode;
  readonly clock: ManualClock;
  /** Proposes, and lets time pass until the answer is there. */
  propose(data: Uint8Array): Promise<Uint8Array>;
}

/**
 * Starts a cluster of one and waits until it leads. Nothing happens in it but while the clock is moved:
 * `await clock.until(node.propose(data))`, or {@link TestNode.propose}.
 *
 * @throws RaftNodeError as {@link RaftNode.start}
 */
export async function startTestNode(stateMachine: StateMachine, options: TestNodeOptions = {}): Promise<TestNode> {
  const { clock = createManualClock(), disk = createMemoryDisk(), logger, ...nodeOptions } = options;
  const node = createRaftNode(
    { clusterId: 'test', nodeId: 1, storage: 'memory', ...nodeOptions },
    { disk, clock, random: createSeededRandom(1), stateMachine, ...(logger === undefined ? {} : { logger }) },
  );
  await clock.until(node.start());
  await clock.until(node.readBarrier());
  return {
    node,
    clock,
    propose: (data) => clock.until(node.propose(data)),
    [Symbol.asyncDispose]: () => clock.until(node.stop()),
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { TlsCredentials } from '@streambus/runtime';
import { type Remote, startRemote } from '@streambus-testing/harness';
import type { LatencySummary } from '../statistics.ts';
import { issueCredentials } from './pair.ts';
import type { Plan } from './plan.ts';
import type { ClockCheck, HeartbeatSample, NodeSample, ReceivedBytes, Traffic } from './traffic-node.ts';

/** What a node can be asked. */
export interface NodeFunctions {
  /** @returns the port */
  start(options: { readonly nodeId: number; readonly credentials: TlsCredentials | undefined }): Promise<number>;
  connect(ports: readonly number[]): Promise<void>;
  listenApart(peer: number): Promise<number>;
  connectApart(apart: { readonly peer: number; readonly port: number }): Promise<void>;
  checkClock(peer: number): Promise<ClockCheck>;
  beginHeartbeats(): void;
  beginTraffic(traffic: Traffic): void;
  endTraffic(): void;
  received(): ReceivedBytes;
  sample(): NodeSample;
}

/** The heartbeats between two nodes, both ways, in one condition. */
export interface HeartbeatFigures {
  readonly condition: string;
  /** From the node that also sends everything else. */
  readonly delay: LatencySummary;
  /** How late the sender's own event loop let them out. */
  readonly late: LatencySummary;
  /** Of the same heartbeats over a bare connection of their own, between the same two processes. */
  readonly apartDelay: LatencySummary;
  /** From the node that everything else is sent to. */
  readonly backDelay: LatencySummary;
  readonly backApartDelay: LatencySummary;
  readonly entriesBytesPerSecond: number;
  readonly snapshotBytesPerSecond: number;
  readonly snapshotBytes: number;
}

/** Heartbeats alone, and beside everything else, over one connection. */
export interface HeartbeatComparison {
  readonly isSecured: boolean;
  readonly clock: ClockCheck;
  readonly idle: HeartbeatFigures;
  readonly loaded: HeartbeatFigures;
}

/** What flows to the third node, and whether it reads. */
export interface StalledPeerComparison {
  readonly idle: HeartbeatFigures;
  readonly reading: HeartbeatFigures;
  readonly stopped: HeartbeatFigures;
}

/** A snapshot that does not get through is given up after this. */
const patienceMs = 30_000;

const script = new URL('../../peers/transport-node.ts', import.meta.url);

type Node = Remote<NodeFunctions>;

/** Watches the heartbeats of two nodes, first alone, then beside snapshots and log entries that fill the connection. */
export async function compareHeartbeats(isSecured: boolean, plan: Plan): Promise<HeartbeatComparison> {
  await using cluster = await startCluster(2, isSecured);
  const [first, second] = cluster.nodes as readonly [Node, Node];
  const traffic = { to: 2, kinds: ['entries', 'snapshots'] } as const;
  await first.call('beginTraffic', traffic);
  await delay(plan.compileMs);
  await first.call('endTraffic');
  await delay(plan.compileMs);
  const clock = await first.call('checkClock', 2);
  for (const node of [first, second]) await node.call('beginHeartbeats');
  const idle = await watch('idle', [first, second], second, plan.heartbeatsMs, 0);
  await first.call('beginTraffic', traffic);
  const loaded = await watch('entries and snapshots', [first, second], second, plan.heartbeatsMs, plan.snapshotBytes);
  return { isSecured, clock, idle, loaded };
}

/** Watches the heartbeats of two nodes while one of them sends all it can to a third, which reads, and then does not. */
export async function compareStalledPeer(plan: Plan): Promise<StalledPeerComparison> {
  await using cluster = await startCluster(3, false);
  const [first, second, third] = cluster.nodes as readonly [Node, Node, Node];
  for (const node of cluster.nodes) await node.call('beginHeartbeats');
  const idle = await watch('idle, three nodes', [first, second], undefined, plan.heartbeatsMs, 0);
  await first.call('beginTraffic', { to: 3, kinds: ['entries'] });
  const reading = await watch('the third reads', [first, second], third, plan.heartbeatsMs, 0);
  process.kill(third.pid, 'SIGSTOP');
  try {
    // It cannot be asked what it took: nothing.
    const stopped = await watch('the third is stopped', [first, second], undefined, plan.heartbeatsMs, 0);
    return { idle, reading, stopped };
  } finally {
    process.kill(third.pid, 'SIGCONT');
  }
}

interface Cluster extends AsyncDisposable {
  readonly nodes: readonly Node[];
}

async function startCluster(size: number, isSecured: boolean): Promise<Cluster> {
  await using starting = new AsyncDisposableStack();
  const credentials = isSecured ? issueCredentials(size) : [];
  const nodes = Array.from({ length: size }, (_, index) => {
    const profile = `node-${index + 1}-of-${size}${isSecured ? '-tls' : ''}`;
    return starting.use(startRemote<NodeFunctions>(script, profile));
  });
  const ports: number[] = [];
  for (const [index, node] of nodes.entries()) {
    ports.push(await node.call('start', { nodeId: index + 1, credentials: credentials[index] }));
  }
  await Promise.all(nodes.map((node) => node.call('connect', ports)));
  const [first, second] = nodes as [Node, Node];
  await first.call('connectApart', { peer: 2, port: await second.call('listenApart', 1) });
  const running = starting.move();
  return { nodes, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function watch(
  condition: string,
  [first, second]: readonly [Node, Node],
  taker: Node | undefined,
  minimumMs: number,
  minimumSnapshotBytes: number,
): Promise<HeartbeatFigures> {
  const nothing: ReceivedBytes = { entries: 0, snapshots: 0 };
  const received = async (): Promise<ReceivedBytes> => (await taker?.call('received')) ?? nothing;
  await Promise.all([first.call('sample'), second.call('sample')]);
  const before = await received();
  const startedMs = performance.now();
  let after = before;
  let elapsedMs = 0;
  do {
    await delay(100);
    elapsedMs = performance.now() - startedMs;
    after = await received();
  } while (
    elapsedMs < minimumMs ||
    (after.snapshots - before.snapshots < minimumSnapshotBytes && elapsedMs < patienceMs)
  );
  const [firstSample, secondSample] = await Promise.all([first.call('sample'), second.call('sample')]);
  const there = heartbeatsFrom(1, secondSample, false);
  return {
    condition,
    delay: there.delay,
    late: there.late,
    apartDelay: heartbeatsFrom(1, secondSample, true).delay,
    backDelay: heartbeatsFrom(2, firstSample, false).delay,
    backApartDelay: heartbeatsFrom(2, firstSample, true).delay,
    entriesBytesPerSecond: ((after.entries - before.entries) / elapsedMs) * 1000,
    snapshotBytesPerSecond: ((after.snapshots - before.snapshots) / elapsedMs) * 1000,
    snapshotBytes: after.snapshots - before.snapshots,
  };
}

function heartbeatsFrom(peer: number, sample: NodeSample, isApart: boolean): HeartbeatSample {
  const found = sample.heartbeats.find((one) => one.from === peer && one.isApart === isApart);
  if (found === undefined || found.delay.count === 0) throw new Error(`no heartbeat of node ${peer} arrived`);
  if (found.delay.minMs < 0) throw new Error(`a heartbeat of node ${peer} arrived before it was sent`);
  return found;
}

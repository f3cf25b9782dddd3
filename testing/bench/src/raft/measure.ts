import { memoryUsage } from 'node:process';
import { decodeMessage, encodeMessage } from '@streambus/codec';
import { createMessage, EntryType, logIndex, type Message, MessageType, nodeId, term } from '@streambus/raft';
import { BenchCluster } from './cluster.ts';

/** One size of cluster and batch. Times are processor time of the whole process, collecting garbage included. */
export interface ClusterRow {
  readonly nodes: number;
  readonly batch: number;
  readonly entriesPerSecond: number;
  readonly nsPerStep: number;
  readonly allocatedBytesPerEntry: number;
}

/** One message, written and read. */
export interface CodecRow {
  readonly name: string;
  readonly encodeNs: number;
  readonly decodeNs: number;
}

const payload = new Uint8Array(128);

export function measureCluster(nodes: number, batch: number, milliseconds: number): ClusterRow {
  const cluster = new BenchCluster(nodes);
  const proposals = new Array<Uint8Array>(batch).fill(payload);
  const propose = (): void => cluster.propose(proposals);
  spend(milliseconds / 2, propose);
  const applied = cluster.applied;
  const steps = cluster.steps;
  const spentNs = spend(milliseconds, propose);
  const entries = cluster.applied - applied;
  return {
    nodes,
    batch,
    entriesPerSecond: (entries / spentNs) * 1e9,
    nsPerStep: spentNs / (cluster.steps - steps),
    allocatedBytesPerEntry: allocatedPerCall(propose) / batch,
  };
}

export function measureCodec(name: string, message: Message, milliseconds: number): CodecRow {
  const bytes = encodeMessage(message);
  const perCall = (action: () => unknown): number => {
    let calls = 0;
    const counted = (): void => {
      for (let call = 0; call < 100; call += 1) kept.result = action();
      calls += 100;
    };
    spend(milliseconds / 2, counted);
    calls = 0;
    return spend(milliseconds, counted) / calls;
  };
  return { name, encodeNs: perCall(() => encodeMessage(message)), decodeNs: perCall(() => decodeMessage(bytes)) };
}

export function appendOf(count: number): Message {
  const entries = Array.from({ length: count }, (_, at) => ({
    term: term(3),
    index: logIndex(1001 + at),
    type: EntryType.normal,
    data: payload,
  }));
  const place = { logTerm: term(3), index: logIndex(1000), commit: logIndex(990) };
  return createMessage({ type: MessageType.append, from: nodeId(1), to: nodeId(2), term: term(3), ...place, entries });
}

export function heartbeat(): Message {
  const fields = { type: MessageType.heartbeat, from: nodeId(1), to: nodeId(2), term: term(3), commit: logIndex(990) };
  return createMessage(fields);
}

/** Keeps results alive, so that no call is left out. */
const kept: { result: unknown } = { result: undefined };

/** Repeats for that long on the processor; returns the nanoseconds it took. The clock is looked at ever less often. */
function spend(milliseconds: number, action: () => void): number {
  const before = process.cpuUsage();
  let calls = 1;
  for (let spentUs = 0; ; ) {
    for (let call = 0; call < calls; call += 1) action();
    const { user, system } = process.cpuUsage(before);
    if (user + system >= milliseconds * 1000) return (user + system) * 1000;
    if (user + system - spentUs < lookEveryUs) calls *= 2;
    spentUs = user + system;
  }
}

const lookEveryUs = 2000;

/** What the heap grows by between two collections. */
function allocatedPerCall(action: () => void): number {
  let allocated = 0;
  let calls = 0;
  for (let sample = 0; sample < 400; sample += 1) {
    const before = memoryUsage().heapUsed;
    for (let call = 0; call < 10; call += 1) action();
    const grown = memoryUsage().heapUsed - before;
    if (grown <= 0) continue;
    allocated += grown;
    calls += 10;
  }
  return allocated / calls;
}

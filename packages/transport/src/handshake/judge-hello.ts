import type { NodeId } from '../options.ts';
import { type Hello, protocolVersion, type Refusal } from '../wire/hello.ts';

/** Who judges. */
export interface HelloJudge {
  readonly clusterId: string;
  readonly nodeId: NodeId;
}

/** What both sides ask of a hello. @returns why it is refused, if it is */
export function judgeHello(hello: Hello, self: HelloJudge): Refusal | undefined {
  if (hello.minVersion > protocolVersion || hello.maxVersion < protocolVersion) {
    return refuse(
      'version',
      `versions ${hello.minVersion} to ${hello.maxVersion}; version ${protocolVersion} is spoken`,
    );
  }
  if (hello.clusterId !== self.clusterId) {
    return refuse('wrong-cluster', `cluster '${hello.clusterId}'; this is cluster '${self.clusterId}'`);
  }
  if (hello.nodeId === self.nodeId) return refuse('self', `node ${hello.nodeId} is this node's own id`);
  if (hello.meantNodeId !== self.nodeId) {
    return refuse('wrong-node', `meant for node ${hello.meantNodeId}; this is node ${self.nodeId}`);
  }
  return undefined;
}

/** What the dialler asks of the answer beyond {@link judgeHello}. */
export function judgeAnswer(hello: Hello, self: HelloJudge, meant: NodeId): Refusal | undefined {
  const refusal = judgeHello(hello, self);
  if (refusal !== undefined) return refusal;
  if (hello.nodeId !== meant)
    return refuse('wrong-node', `node ${hello.nodeId} answered where node ${meant} was meant`);
  return undefined;
}

/** What to do with a hello from a peer that is connected already. */
export type RivalVerdict = 'replace' | 'duplicate';

/**
 * Judges a hello from a peer that has a connection: a restarted peer replaces its own stale connection, and so does one that dials again,
 * since it knows better than this side that the first is lost. Another process with the same id displaces nobody.
 */
export function judgeRival(hello: Hello, connected: Hello): RivalVerdict {
  if (hello.incarnation > connected.incarnation) return 'replace';
  if (hello.incarnation < connected.incarnation) return 'duplicate';
  return sameBytes(hello.instance, connected.instance) ? 'replace' : 'duplicate';
}

/** Whether a hello comes from a later life of the peer than the one that is connected. */
export function isRestarted(hello: Hello, connected: Hello): boolean {
  return hello.incarnation > connected.incarnation;
}

function refuse(reason: Refusal['reason'], detail: string): Refusal {
  return { reason, detail };
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

import { type ConfState, logIndex, type NodeId, nodeId, type SnapshotMetadata, term } from '@streambus/raft';
import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';

/*
 * Layout, numbers as varints: index, term, 1 if the joint configuration is left by itself, then voters, learners, outgoing voters and
 * next learners, each as its length and its ids.
 */

export function encodeSnapshotMetadata({ index, term: at, confState }: SnapshotMetadata): Uint8Array {
  const lists = [confState.voters, confState.learners, confState.votersOutgoing, confState.learnersNext];
  const numbers = [index, at, confState.autoLeave ? 1 : 0, ...lists.flatMap((list) => [list.length, ...list])];
  const bytes = new Uint8Array(numbers.reduce((sum, value) => sum + varintBytes(value), 0));
  let position = 0;
  for (const value of numbers) position = writeVarint(bytes, position, value);
  return bytes;
}

/** Undefined when the bytes are something else. */
export function decodeSnapshotMetadata(bytes: Uint8Array): SnapshotMetadata | undefined {
  const reader = new VarintReader(bytes);
  const index = logIndex(reader.varint());
  const at = term(reader.varint());
  const autoLeave = reader.varint() === 1;
  const confState: ConfState = {
    voters: readIds(reader),
    learners: readIds(reader),
    votersOutgoing: readIds(reader),
    learnersNext: readIds(reader),
    autoLeave,
  };
  return reader.broken || !reader.atEnd ? undefined : { index, term: at, confState };
}

function readIds(reader: VarintReader): NodeId[] {
  const ids: NodeId[] = [];
  for (let left = reader.varint(); left > 0 && !reader.broken; left--) ids.push(nodeId(reader.varint()));
  return ids;
}

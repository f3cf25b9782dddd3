import {
  type ConfChange,
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  nodeId,
} from '@streambus/raft';
import { count, numberAmong, numberTable } from './fields.ts';
import { raft as wire } from './generated/wire.js';
import { plainBytes } from './raft-log.ts';
import { fromBytes, toBytes } from './wire.ts';

/** Writes a change of one member (`raftpb.ConfChange`). @throws CodecError */
export function encodeConfChange({ id, type, nodeId, context }: ConfChange): Uint8Array {
  return toBytes(wire.ConfChange, {
    id: count(id, 'id of a membership change'),
    type,
    nodeId: count(nodeId, 'node id'),
    context: context.length === 0 ? null : context,
  });
}

/** Reads a change of one member. @throws CodecError */
export function decodeConfChange(bytes: Uint8Array): ConfChange {
  return fromBytes('membership change', wire.ConfChange, bytes, (change) => ({
    id: change.id,
    type: numberAmong('type of a membership change', changeTypes, change.type),
    nodeId: nodeId(change.nodeId),
    context: plainBytes(change.context),
  }));
}

/** Writes a change of any number of members (`raftpb.ConfChangeV2`). @throws CodecError */
export function encodeConfChangeV2({ transition, changes, context }: ConfChangeV2): Uint8Array {
  return toBytes(wire.ConfChangeV2, {
    transition,
    changes: changes.map(({ type, nodeId }) => ({ type, nodeId: count(nodeId, 'node id') })),
    context: context.length === 0 ? null : context,
  });
}

/** Reads a change of any number of members. @throws CodecError */
export function decodeConfChangeV2(bytes: Uint8Array): ConfChangeV2 {
  return fromBytes('membership change', wire.ConfChangeV2, bytes, (change) => ({
    transition: numberAmong('transition of a membership change', transitions, change.transition),
    changes: change.changes.map(singleFromWire),
    context: plainBytes(change.context),
  }));
}

const changeTypes = numberTable(ConfChangeType);
const transitions = numberTable(ConfChangeTransition);

function singleFromWire(single: wire.ConfChangeSingle.$Properties): ConfChangeSingle {
  return {
    type: numberAmong('type of a membership change', changeTypes, single.type ?? 0),
    nodeId: nodeId(single.nodeId ?? 0),
  };
}

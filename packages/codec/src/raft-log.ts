import {
  type ConfState,
  type Entry,
  EntryType,
  type HardState,
  logIndex,
  type NodeId,
  nodeId,
  type Snapshot,
  type SnapshotMetadata,
  term,
} from '@streambus/raft';
import { count, numberAmong, numberTable } from './fields.ts';
import { raft as wire } from './generated/wire.js';
import { fromBytes, toBytes } from './wire.ts';

/** Writes a log entry (`raftpb.Entry`). @throws CodecError */
export function encodeEntry(entry: Entry): Uint8Array {
  return toBytes(wire.Entry, entryToWire(entry));
}

/** Reads a log entry; its data is a view of `bytes`. @throws CodecError */
export function decodeEntry(bytes: Uint8Array): Entry {
  return fromBytes('entry', wire.Entry, bytes, entryFromWire);
}

/** Writes a hard state (`raftpb.HardState`). @throws CodecError */
export function encodeHardState(state: HardState): Uint8Array {
  return toBytes(wire.HardState, {
    term: count(state.term, 'term'),
    vote: count(state.vote, 'vote'),
    commit: count(state.commit, 'commit'),
  });
}

/** Reads a hard state. @throws CodecError */
export function decodeHardState(bytes: Uint8Array): HardState {
  return fromBytes('hard state', wire.HardState, bytes, (state) => ({
    term: term(state.term),
    vote: nodeId(state.vote),
    commit: logIndex(state.commit),
  }));
}

/** Writes a membership (`raftpb.ConfState`). @throws CodecError */
export function encodeConfState(state: ConfState): Uint8Array {
  return toBytes(wire.ConfState, confStateToWire(state));
}

/** Reads a membership. @throws CodecError */
export function decodeConfState(bytes: Uint8Array): ConfState {
  return fromBytes('membership', wire.ConfState, bytes, confStateFromWire);
}

/** Writes what a snapshot is of (`raftpb.SnapshotMetadata`). @throws CodecError */
export function encodeSnapshotMetadata(metadata: SnapshotMetadata): Uint8Array {
  return toBytes(wire.SnapshotMetadata, snapshotMetadataToWire(metadata));
}

/** Reads what a snapshot is of. @throws CodecError */
export function decodeSnapshotMetadata(bytes: Uint8Array): SnapshotMetadata {
  return fromBytes('snapshot metadata', wire.SnapshotMetadata, bytes, snapshotMetadataFromWire);
}

/** Writes a snapshot (`raftpb.Snapshot`). @throws CodecError */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  return toBytes(wire.Snapshot, snapshotToWire(snapshot));
}

/** Reads a snapshot; its data is a view of `bytes`. @throws CodecError */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  return fromBytes('snapshot', wire.Snapshot, bytes, snapshotFromWire);
}

const entryTypes = numberTable(EntryType);

export function entryToWire(entry: Entry): wire.Entry.$Properties {
  const { type, data } = entry;
  return {
    type,
    term: count(entry.term, 'term of an entry'),
    index: count(entry.index, 'index of an entry'),
    data: data.length === 0 ? null : data,
  };
}

export function entryFromWire(entry: wire.Entry.$Properties): Entry {
  return {
    term: term(entry.term ?? 0),
    index: logIndex(entry.index ?? 0),
    type: numberAmong('type of an entry', entryTypes, entry.type ?? 0),
    data: plainBytes(entry.data),
  };
}

function confStateToWire({
  voters,
  learners,
  votersOutgoing,
  learnersNext,
  autoLeave,
}: ConfState): wire.ConfState.$Properties {
  return {
    voters: idsToWire(voters),
    learners: idsToWire(learners),
    votersOutgoing: idsToWire(votersOutgoing),
    learnersNext: idsToWire(learnersNext),
    autoLeave,
  };
}

function idsToWire(ids: readonly NodeId[]): number[] {
  return ids.map((id) => count(id, 'node id'));
}

function confStateFromWire(state: wire.ConfState.$Properties): ConfState {
  return {
    voters: idsFromWire(state.voters),
    learners: idsFromWire(state.learners),
    votersOutgoing: idsFromWire(state.votersOutgoing),
    learnersNext: idsFromWire(state.learnersNext),
    autoLeave: state.autoLeave ?? false,
  };
}

function idsFromWire(ids: readonly number[] | null | undefined): readonly NodeId[] {
  return ids?.map(nodeId) ?? [];
}

function snapshotMetadataToWire(metadata: SnapshotMetadata): wire.SnapshotMetadata.$Properties {
  return {
    confState: confStateToWire(metadata.confState),
    index: count(metadata.index, 'index of a snapshot'),
    term: count(metadata.term, 'term of a snapshot'),
  };
}

function snapshotMetadataFromWire(metadata: wire.SnapshotMetadata.$Properties): SnapshotMetadata {
  return {
    confState: confStateFromWire(metadata.confState ?? {}),
    index: logIndex(metadata.index ?? 0),
    term: term(metadata.term ?? 0),
  };
}

export function snapshotToWire({ data, metadata }: Snapshot): wire.Snapshot.$Properties {
  return { data: data.length === 0 ? null : data, metadata: snapshotMetadataToWire(metadata) };
}

export function snapshotFromWire(snapshot: wire.Snapshot.$Properties): Snapshot {
  return {
    data: plainBytes(snapshot.data),
    metadata: snapshotMetadataFromWire(snapshot.metadata ?? {}),
  };
}

const noBytes = new Uint8Array(0);

/** The default of an absent field is a Buffer; nothing that is handed out is. */
export function plainBytes(bytes: Uint8Array | null | undefined): Uint8Array {
  return bytes === null || bytes === undefined || bytes.length === 0 ? noBytes : bytes;
}

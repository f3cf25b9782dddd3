import { logIndex, type Message, MessageType, nodeId, term } from '@streambus/raft';
import { count, numberAmong, numberTable } from './fields.ts';
import { raft as wire } from './generated/wire.js';
import { entryFromWire, entryToWire, plainBytes, snapshotFromWire, snapshotToWire } from './raft-log.ts';
import { fromBytes, toBytes } from './wire.ts';

/** Writes a Raft message (`raftpb.Message`). @throws CodecError */
export function encodeMessage(message: Message): Uint8Array {
  return toBytes(wire.Message, messageToWire(message));
}

/** Reads a Raft message; entries and context are views of `bytes`. @throws CodecError */
export function decodeMessage(bytes: Uint8Array): Message {
  return fromBytes('Raft message', wire.Message, bytes, messageFromWire);
}

const messageTypes = numberTable(MessageType);

function messageToWire(message: Message): wire.Message.$Properties {
  const { type, reject, snapshot, context } = message;
  return {
    type,
    to: count(message.to, 'to'),
    from: count(message.from, 'from'),
    term: count(message.term, 'term'),
    logTerm: count(message.logTerm, 'logTerm'),
    index: count(message.index, 'index'),
    entries: message.entries.map(entryToWire),
    commit: count(message.commit, 'commit'),
    snapshot: snapshot === undefined ? null : snapshotToWire(snapshot),
    reject,
    rejectHint: count(message.rejectHint, 'rejectHint'),
    context: context.length === 0 ? null : context,
    vote: count(message.vote, 'vote'),
    responses: message.responses.map(messageToWire),
  };
}

function messageFromWire(message: wire.Message.$Properties): Message {
  const { snapshot, entries, responses } = message;
  return {
    type: numberAmong('type of a message', messageTypes, message.type ?? 0),
    to: nodeId(message.to ?? 0),
    from: nodeId(message.from ?? 0),
    term: term(message.term ?? 0),
    logTerm: term(message.logTerm ?? 0),
    index: logIndex(message.index ?? 0),
    entries: entries?.map(entryFromWire) ?? [],
    commit: logIndex(message.commit ?? 0),
    vote: nodeId(message.vote ?? 0),
    snapshot: snapshot === undefined || snapshot === null ? undefined : snapshotFromWire(snapshot),
    reject: message.reject ?? false,
    rejectHint: logIndex(message.rejectHint ?? 0),
    context: plainBytes(message.context),
    responses: responses?.map(messageFromWire) ?? [],
  };
}

import { type Entry, emptyBytes } from './entry.ts';
import { type LogIndex, type NodeId, noNode, type Term, zeroIndex, zeroTerm } from './identifiers.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * What a message is about; the numbers are those of the field's wire format (`raftpb.MessageType`).
 *
 * Local ones never cross the network: {@link isLocalMessage}.
 */
export const MessageType = {
  /** Local: begin an election. */
  campaign: 0,
  /** Local: the leader's heartbeat is due. */
  beat: 1,
  /** Append these entries' data to the log; a follower passes it on to its leader. */
  propose: 2,
  /** AppendEntries (section 3.5), without its second use as a heartbeat. */
  append: 3,
  appendResponse: 4,
  /** RequestVote (section 3.4). */
  vote: 5,
  voteResponse: 6,
  /** InstallSnapshot (section 5.1). */
  snapshot: 7,
  /** The leader lives; carries a commit index that the receiver is known to have, and the context of pending reads. */
  heartbeat: 8,
  heartbeatResponse: 9,
  /** Local: a peer could not be reached. */
  unreachable: 10,
  /** Local: how sending a snapshot ended. */
  snapshotStatus: 11,
  /** Local: does the leader still hear a quorum (section 6.2)? */
  checkQuorum: 12,
  /** Hand leadership to `from` (section 3.10). */
  transferLeader: 13,
  /** Campaign at once: leadership is handed to you (section 3.10). */
  timeoutNow: 14,
  /** Where may a linearizable read begin (section 6.4)? The context is the first entry's data. */
  readIndex: 15,
  readIndexResponse: 16,
  /** RequestVote that changes nobody's term (section 9.6). */
  preVote: 17,
  preVoteResponse: 18,
  /** Local, to {@link localAppendThread}: persist, then deliver the responses. */
  storageAppend: 19,
  /** Local, from {@link localAppendThread}. */
  storageAppendResponse: 20,
  /** Local, to {@link localApplyThread}: apply, then deliver the responses. */
  storageApply: 21,
  /** Local, from {@link localApplyThread}. */
  storageApplyResponse: 22,
  /** Local: forget who leads, so that a pre-vote may be granted at once. */
  forgetLeader: 23,
} as const;

/** One of {@link MessageType}. */
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** The name of a type, for log lines: `append`, `voteResponse`. */
export type MessageTypeName = keyof typeof MessageType;

const namesByType = new Map<MessageType, MessageTypeName>(
  (Object.keys(MessageType) as MessageTypeName[]).map((name) => [MessageType[name], name]),
);

/** What a log line calls this type. */
export function messageTypeName(type: MessageType): MessageTypeName | 'unknown' {
  return namesByType.get(type) ?? 'unknown';
}

/**
 * One message between two nodes, or between a node and its local threads. One shape for all types (`raftpb.Message`):
 * what a type does not use is zero, empty or undefined.
 */
export interface Message {
  readonly type: MessageType;
  readonly to: NodeId;
  readonly from: NodeId;
  /** The sender's term; 0 in proposals and read requests, which belong to no term, and in local messages. */
  readonly term: Term;
  /**
   * `append`: the term of the entry before `entries`. `vote`: of the candidate's last entry. `appendResponse`: of the
   * hint.
   */
  readonly logTerm: Term;
  /**
   * `append`: the index of the entry before `entries`. `vote`: of the candidate's last entry. `appendResponse`: the
   * last index that matches, or the refused one.
   */
  readonly index: LogIndex;
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
  /** `storageAppend`: the vote to persist. */
  readonly vote: NodeId;
  readonly snapshot: Snapshot | undefined;
  /** In responses: refused. */
  readonly reject: boolean;
  /**
   * `appendResponse` with `reject`: where the follower's log may agree with the leader's (section 3.5, the faster
   * backtracking).
   */
  readonly rejectHint: LogIndex;
  /**
   * `heartbeat` and its response: the read that they confirm. `vote`: `CampaignTransfer` when leadership is handed
   * over.
   */
  readonly context: Uint8Array;
  /** `storageAppend` and `storageApply`: what to deliver when the work is done. */
  readonly responses: readonly Message[];
}

/** What {@link createMessage} needs; the rest defaults to zero, empty, undefined. */
export type MessageFields = Partial<Message> & Pick<Message, 'type'>;

/**
 * Makes a whole {@link Message}, always with the same fields in the same order.
 *
 * @param from - the sender where the fields name none
 */
export function createMessage(fields: MessageFields, from: NodeId = noNode): Message {
  return {
    type: fields.type,
    to: fields.to ?? noNode,
    from: fields.from ?? from,
    term: fields.term ?? zeroTerm,
    logTerm: fields.logTerm ?? zeroTerm,
    index: fields.index ?? zeroIndex,
    entries: fields.entries ?? noEntries,
    commit: fields.commit ?? zeroIndex,
    vote: fields.vote ?? noNode,
    snapshot: fields.snapshot,
    reject: fields.reject ?? false,
    rejectHint: fields.rejectHint ?? zeroIndex,
    context: fields.context ?? emptyBytes,
    responses: fields.responses ?? noMessages,
  };
}

const noEntries: readonly Entry[] = Object.freeze([]);
const noMessages: readonly Message[] = Object.freeze([]);

/** Whether such a message never crosses the network; {@link Raft.step} refuses one that comes from a peer. */
export function isLocalMessage(type: MessageType): boolean {
  switch (type) {
    case MessageType.campaign:
    case MessageType.beat:
    case MessageType.unreachable:
    case MessageType.snapshotStatus:
    case MessageType.checkQuorum:
    case MessageType.storageAppend:
    case MessageType.storageAppendResponse:
    case MessageType.storageApply:
    case MessageType.storageApplyResponse:
      return true;
    default:
      return false;
  }
}

/** Whether it answers another message; one from a node that is no member is refused. */
export function isResponseMessage(type: MessageType): boolean {
  switch (type) {
    case MessageType.appendResponse:
    case MessageType.voteResponse:
    case MessageType.heartbeatResponse:
    case MessageType.unreachable:
    case MessageType.readIndexResponse:
    case MessageType.preVoteResponse:
    case MessageType.storageAppendResponse:
    case MessageType.storageApplyResponse:
      return true;
    default:
      return false;
  }
}

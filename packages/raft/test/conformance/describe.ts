import { type ConfChangeSingle, toConfChangeV2 } from '../../src/conf-change.ts';
import { decodeConfChange } from '../../src/conf-change-codec.ts';
import type { Configuration } from '../../src/configuration.ts';
import { type Entry, EntryType } from '../../src/entry.ts';
import type { HardState } from '../../src/hard-state.ts';
import { localAppendThread, localApplyThread, type NodeId } from '../../src/identifiers.ts';
import { type Message, type MessageType, type MessageTypeName, messageTypeName } from '../../src/message.ts';
import type { Ready, Role } from '../../src/ready.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import type { ProgressStatus } from '../../src/status.ts';

/** How the recorded program prints things. */

const messageNames: Readonly<Record<MessageTypeName, string>> = {
  campaign: 'MsgHup',
  beat: 'MsgBeat',
  propose: 'MsgProp',
  append: 'MsgApp',
  appendResponse: 'MsgAppResp',
  vote: 'MsgVote',
  voteResponse: 'MsgVoteResp',
  snapshot: 'MsgSnap',
  heartbeat: 'MsgHeartbeat',
  heartbeatResponse: 'MsgHeartbeatResp',
  unreachable: 'MsgUnreachable',
  snapshotStatus: 'MsgSnapStatus',
  checkQuorum: 'MsgCheckQuorum',
  transferLeader: 'MsgTransferLeader',
  timeoutNow: 'MsgTimeoutNow',
  readIndex: 'MsgReadIndex',
  readIndexResponse: 'MsgReadIndexResp',
  preVote: 'MsgPreVote',
  preVoteResponse: 'MsgPreVoteResp',
  storageAppend: 'MsgStorageAppend',
  storageAppendResponse: 'MsgStorageAppendResp',
  storageApply: 'MsgStorageApply',
  storageApplyResponse: 'MsgStorageApplyResp',
  forgetLeader: 'MsgForgetLeader',
};

const entryNames = ['EntryNormal', 'EntryConfChange', 'EntryConfChangeV2'] as const;
const changeLetters = ['v', 'r', 'u', 'l'] as const;
const stateNames = { probe: 'StateProbe', replicate: 'StateReplicate', snapshot: 'StateSnapshot' } as const;

export const roleNames: Readonly<Record<Role, string>> = {
  follower: 'StateFollower',
  preCandidate: 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
};

export function describeMessageType(type: MessageType): string {
  const name = messageTypeName(type);
  return name === 'unknown' ? `unknown(${type})` : messageNames[name];
}

export function describeMessage(message: Message): readonly string[] {
  const { from, to, type, term, logTerm, index } = message;
  let head = `${target(from)}->${target(to)} ${describeMessageType(type)} Term:${term} Log:${logTerm}/${index}`;
  if (message.reject) head += ` Rejected (Hint: ${message.rejectHint})`;
  if (message.commit !== 0) head += ` Commit:${message.commit}`;
  if (message.vote !== 0) head += ` Vote:${message.vote}`;
  const lines = [head];
  const [first, ...rest] = message.entries;
  if (first !== undefined && rest.length === 0) append(lines, ` Entries:[${describeEntry(first)}]`);
  else if (first !== undefined) enclose(lines, ' Entries:[', message.entries.map(describeEntry));
  if (message.snapshot !== undefined) lines.push(`  Snapshot: ${describeSnapshot(message.snapshot)}`);
  if (message.responses.length > 0) enclose(lines, ' Responses:[', message.responses.flatMap(describeMessage));
  return lines;
}

export function describeEntry(entry: Entry): string {
  const text = entry.type === EntryType.normal ? quote(entry.data) : describeChange(entry);
  return `${entry.term}/${entry.index} ${entryNames[entry.type]}${text === '' ? '' : ` ${text}`}`;
}

export function describeChanges(changes: readonly ConfChangeSingle[]): string {
  return changes.map(({ type, nodeId }) => `${changeLetters[type]}${nodeId}`).join(' ');
}

export function describeReady(ready: Ready): readonly string[] {
  const lines: string[] = [];
  if (ready.softState !== undefined) {
    lines.push(`Lead:${ready.softState.leader} State:${roleNames[ready.softState.role]}`);
  }
  if (ready.hardState !== undefined) lines.push(`HardState ${describeHardState(ready.hardState)}`);
  if (ready.readStates.length > 0) {
    const states = ready.readStates.map(({ index, context }) => `{${index} [${context.join(' ')}]}`);
    lines.push(`ReadStates [${states.join(' ')}]`);
  }
  if (ready.entries.length > 0) lines.push('Entries:', ...ready.entries.map(describeEntry));
  if (ready.snapshot !== undefined) lines.push(`Snapshot ${describeSnapshot(ready.snapshot)}`);
  if (ready.committedEntries.length > 0) lines.push('CommittedEntries:', ...ready.committedEntries.map(describeEntry));
  if (ready.messages.length > 0) lines.push('Messages:', ...ready.messages.flatMap(describeMessage));
  return lines.length === 0 ? ['<empty Ready>'] : [`Ready MustSync=${ready.mustSync}:`, ...lines];
}

export function describeSnapshot(snapshot: Snapshot): string {
  const { index, term, confState } = snapshot.metadata;
  const list = (ids: readonly NodeId[]): string => `[${ids.join(' ')}]`;
  return (
    `Index:${index} Term:${term} ConfState:Voters:${list(confState.voters)} ` +
    `VotersOutgoing:${list(confState.votersOutgoing)} Learners:${list(confState.learners)} ` +
    `LearnersNext:${list(confState.learnersNext)} AutoLeave:${confState.autoLeave}`
  );
}

export function describeProgress(progress: ProgressStatus): string {
  let line = `${stateNames[progress.state]} match=${progress.match} next=${progress.next}`;
  if (progress.learner) line += ' learner';
  if (progress.paused) line += ' paused';
  if (progress.pendingSnapshot > 0) line += ` pendingSnap=${progress.pendingSnapshot}`;
  if (!progress.recentActive) line += ' inactive';
  if (progress.inflightMessages > 0) line += ` inflight=${progress.inflightMessages}`;
  if (progress.inflightMessages > 0 && progress.inflightFull) line += '[full]';
  return line;
}

export function describeConfiguration(configuration: Configuration): string {
  const { voters, learners, learnersNext, autoLeave } = configuration;
  let line = `voters=${group(voters.incoming)}`;
  if (voters.outgoing.length > 0) line += `&&${group(voters.outgoing)}`;
  if (learners.length > 0) line += ` learners=${group(learners)}`;
  if (learnersNext.length > 0) line += ` learners_next=${group(learnersNext)}`;
  return autoLeave ? `${line} autoleave` : line;
}

function describeHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${vote === 0 ? '' : ` Vote:${vote}`} Commit:${commit}`;
}

function describeChange(entry: Entry): string {
  const change = decodeConfChange(entry);
  return change === undefined ? '' : describeChanges(toConfChangeV2(change).changes);
}

function target(id: NodeId): string {
  if (id === localAppendThread) return 'AppendThread';
  if (id === localApplyThread) return 'ApplyThread';
  return id === 0 ? 'None' : id.toString(16);
}

function group(ids: readonly NodeId[]): string {
  return `(${ids.join(' ')})`;
}

function quote(data: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(data));
}

function append(lines: string[], text: string): void {
  lines.push(`${lines.pop() ?? ''}${text}`);
}

function enclose(lines: string[], opening: string, inner: readonly string[]): void {
  append(lines, opening);
  for (const line of inner) lines.push(`  ${line}`);
  lines.push(']');
}

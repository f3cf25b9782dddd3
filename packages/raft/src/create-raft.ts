import { assert } from '@streambus/runtime';
import { type ConfChange, type ConfChangeV2, toConfChangeV2 } from './conf-change.ts';
import { encodeConfChange } from './conf-change-codec.ts';
import type { ConfState } from './conf-state.ts';
import { toConfState } from './configuration.ts';
import { type Core, checkCore, createCore, hardStateOf, softStateOf } from './core.ts';
import { hasHeardLeader } from './election.ts';
import { type Entry, EntryType } from './entry.ts';
import { RaftError } from './errors.ts';
import { isLocalThread, type LogIndex, type NodeId, noNode, type Term, zeroIndex, zeroTerm } from './identifiers.ts';
import { resign } from './leader.ts';
import { applyConfChange } from './membership.ts';
import {
  createMessage,
  isLocalMessage,
  isResponseMessage,
  type Message,
  type MessageFields,
  MessageType,
  messageTypeName,
} from './message.ts';
import type { RaftOptions } from './options.ts';
import type { Raft, RaftDependencies, SnapshotStatus } from './raft.ts';
import type { Ready, Role } from './ready.ts';
import { ReadyAssembly } from './ready-assembly.ts';
import { resolveOptions } from './settings.ts';
import type { ProgressStatus, Status } from './status.ts';
import { stepMessage } from './step.ts';
import { tickCore } from './tick.ts';
import { becomeFollower } from './transitions.ts';

/**
 * Makes one node, which follows nobody until it hears a leader or its election timeout passes.
 *
 * @throws RaftError `RAFT_OPTIONS_INVALID`
 */
export function createRaft(options: RaftOptions, dependencies: RaftDependencies): Raft {
  return createRaftOn(createStartedCore(options, dependencies));
}

/** A core as {@link createRaft} starts it. */
export function createStartedCore(options: RaftOptions, dependencies: RaftDependencies): Core {
  const core = createCore(resolveOptions(options), dependencies);
  becomeFollower(core, core.term, noNode);
  return core;
}

/** The public face of a core. */
export function createRaftOn(core: Core): Raft {
  return new CoreRaft(core);
}

class CoreRaft implements Raft {
  readonly #core: Core;
  readonly #assembly: ReadyAssembly;

  constructor(core: Core) {
    this.#core = core;
    this.#assembly = new ReadyAssembly(core);
  }

  get id(): NodeId {
    return this.#core.settings.id;
  }

  get role(): Role {
    return this.#core.role;
  }

  get term(): Term {
    return this.#core.term;
  }

  get leader(): NodeId {
    return this.#core.leader;
  }

  get commit(): LogIndex {
    return this.#core.log.committed;
  }

  get lastIndex(): LogIndex {
    return this.#core.log.lastIndex;
  }

  tick(): void {
    tickCore(this.#core);
    checkCore(this.#core);
  }

  step(message: Message): void {
    const fromThread = isLocalThread(message.from);
    if (isLocalMessage(message.type) && !fromThread) {
      const name = messageTypeName(message.type);
      throw new RaftError('RAFT_LOCAL_MESSAGE', `message ${name} from node ${message.from} never crosses the network`);
    }
    if (isResponseMessage(message.type) && !fromThread && !this.#core.tracker.progress.has(message.from)) {
      const name = messageTypeName(message.type);
      throw new RaftError('RAFT_PEER_UNKNOWN', `message ${name} came from node ${message.from}, which is no member`);
    }
    this.#step(message);
  }

  propose(data: readonly Uint8Array[]): void {
    if (data.length === 0) return;
    this.#propose(data.map((bytes) => proposedEntry(EntryType.normal, bytes)));
  }

  proposeConfChange(change: ConfChange | ConfChangeV2): void {
    const { type, data } = encodeConfChange(change);
    this.#propose([proposedEntry(type, data)]);
  }

  readIndex(context: Uint8Array): void {
    assert(context.length > 0, 'the context of a read is empty; it must tell this read from others');
    this.#step(createMessage({ type: MessageType.readIndex, entries: [proposedEntry(EntryType.normal, context)] }));
  }

  transferLeadership(to: NodeId): void {
    this.#stepLocal({ type: MessageType.transferLeader, from: to });
  }

  forgetLeader(): void {
    this.#stepLocal({ type: MessageType.forgetLeader });
  }

  campaign(): void {
    const core = this.#core;
    if (core.settings.readOnlyMode === 'leaseBased' && hasHeardLeader(core)) {
      core.logger.warn({ leader: core.leader }, 'raft does not campaign: reads rely on the lease of a leader');
      return;
    }
    this.#stepLocal({ type: MessageType.campaign });
  }

  resign(): void {
    const core = this.#core;
    if (core.role !== 'leader') return;
    resign(core);
    checkCore(core);
  }

  reportUnreachable(id: NodeId): void {
    this.#stepLocal({ type: MessageType.unreachable, from: id });
  }

  reportSnapshot(id: NodeId, status: SnapshotStatus): void {
    this.#stepLocal({ type: MessageType.snapshotStatus, from: id, reject: status === 'failed' });
  }

  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    const state = applyConfChange(this.#core, toConfChangeV2(change));
    checkCore(this.#core);
    return state;
  }

  hasReady(): boolean {
    return this.#assembly.hasReady();
  }

  ready(): Ready {
    return this.#assembly.take();
  }

  advance(): void {
    for (const message of this.#assembly.advance()) this.#step(message);
  }

  status(): Status {
    const core = this.#core;
    return {
      id: core.settings.id,
      hardState: hardStateOf(core),
      softState: softStateOf(core),
      applied: core.log.applied,
      firstIndex: core.log.firstIndex,
      lastIndex: core.log.lastIndex,
      confState: toConfState(core.tracker.configuration),
      leadTransferee: core.leadTransferee,
      uncommittedBytes: core.uncommittedBytes,
      progress: progressStatus(core),
    };
  }

  #propose(entries: readonly Entry[]): void {
    this.#step(createMessage({ type: MessageType.propose, from: this.#core.settings.id, entries }));
  }

  #stepLocal(fields: MessageFields): void {
    this.#step(createMessage(fields));
  }

  #step(message: Message): void {
    stepMessage(this.#core, message);
    checkCore(this.#core);
  }
}

function proposedEntry(type: EntryType, data: Uint8Array): Entry {
  return { term: zeroTerm, index: zeroIndex, type, data };
}

function progressStatus(core: Core): ReadonlyMap<NodeId, ProgressStatus> {
  const statuses = new Map<NodeId, ProgressStatus>();
  if (core.role !== 'leader') return statuses;
  for (const [id, progress] of core.tracker.progress) statuses.set(id, progress.status());
  return statuses;
}

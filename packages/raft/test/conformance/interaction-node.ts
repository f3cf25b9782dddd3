import type { Random } from '@streambus/runtime';
import { toConfChangeV2 } from '../../src/conf-change.ts';
import { decodeConfChange } from '../../src/conf-change-codec.ts';
import { type ConfState, createConfState } from '../../src/conf-state.ts';
import type { Core } from '../../src/core.ts';
import { createRaftOn, createStartedCore } from '../../src/create-raft.ts';
import type { Entry } from '../../src/entry.ts';
import { type HardState, isEmptyHardState } from '../../src/hard-state.ts';
import { type LogIndex, logIndex, type NodeId, nodeId, noLimit, term } from '../../src/identifiers.ts';
import { MemoryStorage } from '../../src/memory-storage.ts';
import type { Message } from '../../src/message.ts';
import type { RaftOptions } from '../../src/options.ts';
import type { Raft } from '../../src/raft.ts';
import { emptySnapshot, type Snapshot } from '../../src/snapshot.ts';
import { type Argument, argumentOf, argumentsOf, flagOf } from './data-file.ts';

/** The longest wait, so that no node campaigns within one election timeout unless its file asks for it. */
const patient: Random = {
  uint32: () => 0xffff_ffff,
  below: (bound) => bound - 1,
  bytes: (length) => new Uint8Array(length),
};

/** A storage whose snapshot is the newest state of the node's state machine. */
class HistoryStorage extends MemoryStorage {
  readonly history: Snapshot[] = [];

  override snapshot(): Snapshot {
    return this.history.at(-1) ?? emptySnapshot;
  }
}

/** One node of the scripted cluster, with a state machine that appends each proposal to a string. */
export class InteractionNode {
  readonly id: NodeId;
  readonly core: Core;
  readonly raft: Raft;
  readonly storage = new HistoryStorage();
  readonly asyncStorageWrites: boolean;
  readonly appendWork: Message[] = [];
  readonly applyWork: Message[] = [];

  constructor(id: number, args: readonly Argument[]) {
    const start = startSnapshot(args);
    if (start.metadata.index > 0) this.storage.applySnapshot(start);
    this.storage.history.push(start);
    const options = parseOptions(id, args, start.metadata.index);
    this.id = options.id;
    this.asyncStorageWrites = options.asyncStorageWrites ?? false;
    this.core = createStartedCore(options, { storage: this.storage, random: patient });
    this.raft = createRaftOn(this.core);
  }

  get newestSnapshot(): Snapshot {
    return this.storage.snapshot();
  }

  persist(hardState: HardState | undefined, snapshot: Snapshot | undefined, entries: readonly Entry[]): void {
    if (hardState !== undefined && !isEmptyHardState(hardState)) this.storage.setHardState(hardState);
    if (snapshot !== undefined) this.storage.applySnapshot(snapshot);
    else this.storage.append(entries);
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) this.#apply(entry);
  }

  #apply(entry: Entry): void {
    const change = decodeConfChange(entry);
    const before = this.newestSnapshot;
    let update = entry.data;
    let confState: ConfState = before.metadata.confState;
    if (change !== undefined) {
      update = toConfChangeV2(change).context;
      confState = this.raft.applyConfChange(change);
    }
    const data = new Uint8Array([...before.data, ...update]);
    this.storage.history.push({ data, metadata: { index: entry.index, term: entry.term, confState } });
  }
}

function startSnapshot(args: readonly Argument[]): Snapshot {
  const ids = (key: string): NodeId[] => (argumentsOf(args, key) ?? []).map((value) => nodeId(Number(value)));
  const confState = createConfState(ids('voters'), ids('learners'));
  const data = new TextEncoder().encode(argumentOf(args, 'content') ?? '');
  if (confState.voters.length === 0 && confState.learners.length === 0) return { ...emptySnapshot, data };
  const index = Number(argumentOf(args, 'index') ?? 0);
  if (index <= 1) throw new Error('index must be specified as > 1 due to bootstrap');
  return { data, metadata: { confState, index: logIndex(index), term: term(1) } };
}

function parseOptions(id: number, args: readonly Argument[], applied: LogIndex): RaftOptions {
  return {
    id: nodeId(id),
    applied,
    electionTimeoutTicks: 3,
    heartbeatTimeoutTicks: 1,
    maxMessageBytes: noLimit,
    maxUncommittedBytes: noLimit,
    maxInflightMessages: Number(argumentOf(args, 'inflight') ?? 2 ** 31 - 1),
    maxInflightBytes: noLimit,
    maxCommittedBytesPerReady: Number(argumentOf(args, 'max-committed-size-per-ready') ?? noLimit),
    asyncStorageWrites: flagOf(args, 'async-storage-writes'),
    preVote: flagOf(args, 'prevote'),
    checkQuorum: flagOf(args, 'checkquorum'),
    disableConfChangeValidation: flagOf(args, 'disable-conf-change-validation'),
    stepDownOnRemoval: flagOf(args, 'step-down-on-removal'),
    readOnlyMode: argumentOf(args, 'read-only') === 'lease-based' ? 'leaseBased' : 'safe',
  };
}

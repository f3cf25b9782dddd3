import assert from 'node:assert/strict';
import {
  createConfState,
  createInitialSnapshot,
  createRaft,
  logIndex,
  MemoryStorage,
  type Message,
  nodeId,
  type Raft,
} from '@streambus/raft';
import { createSeededRandom } from '@streambus/runtime/testing';

const keptEntries = 1000;
const compactEntries = 20_000;

interface Replica {
  readonly raft: Raft;
  readonly storage: MemoryStorage;
  applied: number;
}

/** A cluster in memory without faults, led by its first node; the same as `peers/go-raft` makes. */
export class BenchCluster {
  /** Messages and proposals stepped so far, by all nodes. */
  steps = 0;
  readonly #replicas: readonly Replica[];
  #inFlight: Message[] = [];

  constructor(size: number) {
    const members = Array.from({ length: size }, (_, at) => nodeId(at + 1));
    const initial = createInitialSnapshot(createConfState(members));
    this.#replicas = members.map((id) => {
      const storage = new MemoryStorage(initial);
      const applied = initial.metadata.index;
      const options = { id, applied, electionTimeoutTicks: 10, heartbeatTimeoutTicks: 1 };
      return { raft: createRaft(options, { storage, random: createSeededRandom(id) }), storage, applied };
    });
    this.#leader.raft.campaign();
    this.#settle();
    assert.equal(this.#leader.raft.role, 'leader');
  }

  get applied(): number {
    return this.#leader.applied;
  }

  /** Proposes these to the leader, and works until every node has applied them. */
  propose(batch: readonly Uint8Array[]): void {
    this.steps += 1;
    this.#leader.raft.propose(batch);
    this.#settle();
  }

  get #leader(): Replica {
    const [first] = this.#replicas;
    assert(first !== undefined);
    return first;
  }

  #settle(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const replica of this.#replicas) {
        while (replica.raft.hasReady()) {
          this.#work(replica);
          busy = true;
        }
      }
      const messages = this.#inFlight;
      this.#inFlight = [];
      for (const message of messages) {
        busy = true;
        this.steps += 1;
        this.#replicas[message.to - 1]?.raft.step(message);
      }
    }
  }

  #work(replica: Replica): void {
    const { raft, storage } = replica;
    const ready = raft.ready();
    storage.append(ready.entries);
    if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
    for (const message of ready.messages) this.#inFlight.push(message);
    const last = ready.committedEntries.at(-1);
    if (last !== undefined) replica.applied = last.index;
    raft.advance();
    if (replica.applied > storage.firstIndex() + compactEntries)
      storage.compact(logIndex(replica.applied - keptEntries));
  }
}

import type { Entry, Message } from '@streambus/raft';
import { assert, type Clock } from '@streambus/runtime';

/** Committed entries, at least one, and what to tell the core when they are applied. */
export interface ApplyJob {
  readonly entries: readonly Entry[];
  readonly responses: readonly Message[];
}

/** What the applier needs of its node. */
export interface ApplierParts {
  readonly clock: Clock;
  readonly applyEntry: (entry: Entry) => void;
  /** A job has ended. */
  readonly onApplied: (responses: readonly Message[]) => void;
  /** A turn's work has ended. */
  readonly onTurnEnd: (durationMs: number, entries: number) => void;
  /** Replaces the state machine by the newest snapshot; {@link Applier.endRestore} says that it is done, in a later turn. */
  readonly restore: () => void;
  /** Runs a later turn, guarded as every entry into the node is. */
  readonly nextTurn: (callback: () => void) => void;
}

/** How long entries may be applied before other work gets its turn. */
const budgetMs = 5;

/** Applies committed entries and snapshots in order, as many entries as fit into a turn's budget. */
export class Applier {
  readonly #parts: ApplierParts;
  #jobs: (ApplyJob | 'restore')[] = [];
  #position = 0;
  #restores = 0;
  #restoring = false;
  #scheduled = false;
  #running = false;

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** Whether the state machine stands where the core does not know it to be: some entries of a job are applied, or a snapshot is due. */
  get busy(): boolean {
    return this.#position > 0 || this.#restores > 0;
  }

  /** Takes a job; begins at once if nothing waits. */
  add(job: ApplyJob): void {
    this.#add(job);
  }

  /** The next thing to do is to replace the state machine by the newest snapshot. */
  addRestore(): void {
    this.#restores++;
    this.#add('restore');
  }

  /** The state machine was replaced. */
  endRestore(): void {
    assert(this.#restoring, 'a restore has ended that was not begun');
    this.#restoring = false;
    this.#restores--;
    this.#jobs.shift();
    if (this.#jobs.length > 0) this.#run();
  }

  #add(job: ApplyJob | 'restore'): void {
    this.#jobs.push(job);
    if (!this.#scheduled && !this.#running && !this.#restoring) this.#run();
  }

  #run(): void {
    const { clock, onTurnEnd } = this.#parts;
    const startMs = clock.monotonicMs();
    let nowMs = startMs;
    let applied = 0;
    this.#running = true;
    try {
      for (let job = this.#jobs[0]; job !== undefined && nowMs - startMs < budgetMs; job = this.#jobs[0]) {
        if (job === 'restore') {
          this.#beginRestore();
          break;
        }
        this.#applyNext(job);
        applied++;
        nowMs = clock.monotonicMs();
      }
    } finally {
      this.#running = false;
    }
    if (this.#jobs.length > 0 && !this.#restoring) this.#scheduleRest();
    if (applied > 0) onTurnEnd(nowMs - startMs, applied);
  }

  #applyNext(job: ApplyJob): void {
    this.#parts.applyEntry(job.entries[this.#position] as Entry);
    this.#position++;
    if (this.#position < job.entries.length) return;
    this.#position = 0;
    this.#jobs.shift();
    this.#parts.onApplied(job.responses);
  }

  #beginRestore(): void {
    this.#restoring = true;
    this.#parts.restore();
  }

  #scheduleRest(): void {
    this.#scheduled = true;
    this.#parts.nextTurn(() => {
      this.#scheduled = false;
      this.#run();
    });
  }
}

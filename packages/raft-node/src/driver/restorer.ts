import type { SnapshotMetadata } from '@streambus/raft';
import { type Clock, toError } from '@streambus/runtime';
import type { RaftNodeObserver } from '../observer.ts';
import type { SessionedStateMachine } from '../sessions/sessioned-state-machine.ts';
import { restoreStateMachine } from '../snapshots/restore-state-machine.ts';
import type { SnapshotStore } from '../storage/snapshot-store.ts';

/** What a restorer needs of its node. */
export interface RestorerParts {
  readonly snapshots: SnapshotStore;
  readonly machine: SessionedStateMachine;
  readonly clock: Clock;
  readonly observer: RaftNodeObserver;
  /** Whether the node goes on. */
  readonly isWanted: () => boolean;
  /** The state machine stands here now. */
  readonly onRestored: (metadata: SnapshotMetadata) => void;
  readonly onFailed: (error: Error) => void;
}

/** Replaces the state machine of a running node by the newest snapshot, in turns of its own. */
export class Restorer {
  readonly #parts: RestorerParts;
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  restore(): void {
    this.#underWay = this.#restore();
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    return this.#underWay;
  }

  async #restore(): Promise<void> {
    const { clock, observer, onRestored, onFailed } = this.#parts;
    const startMs = clock.monotonicMs();
    try {
      const restored = await restoreStateMachine(this.#parts);
      if (restored === undefined) return;
      observer.onRestore?.(clock.monotonicMs() - startMs, restored.sizeBytes);
      onRestored(restored.metadata);
    } catch (thrown) {
      onFailed(toError(thrown));
    }
  }
}

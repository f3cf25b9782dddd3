/** Hears how long things took, for histograms. Called on the hot path: must be quick and must not throw. */
export interface RaftNodeObserver {
  /** A proposal of this node was committed, this long after it was proposed. */
  onCommit?(durationMs: number): void;
  /** One append to storage has become durable, this long after it was handed over; the wait for earlier ones is in it. */
  onAppend?(durationMs: number, entries: number): void;
  /** A run of entries was applied in one turn of the event loop. */
  onApply?(durationMs: number, entries: number): void;
  /** A snapshot was taken and made durable. */
  onSnapshot?(durationMs: number, sizeBytes: number): void;
  /** A follower has received the snapshot. `sentBytes`: without what it had from an earlier attempt. */
  onSnapshotSent?(durationMs: number, sentBytes: number): void;
  /** A leader's snapshot was received, and is about to be installed. `receivedBytes`: without what was there from an earlier attempt. */
  onSnapshotReceived?(durationMs: number, receivedBytes: number): void;
  /** The state machine was replaced by a snapshot of this size. */
  onRestore?(durationMs: number, sizeBytes: number): void;
}

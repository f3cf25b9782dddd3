/**
 * The bounds of the broker's own queues that nobody configures: given to the parts that hold to them and shown beside each
 * queue's depth, so that what is shown is what is held.
 */
export const limits = {
  /** Metadata commands under way. */
  maxInflightCommands: 256,
  /** Metadata commands that wait for their turn. */
  maxQueuedCommands: 16_384,
  /** Bytes of proposals without an answer: 32 MiB. */
  maxQueuedProposalBytes: 33_554_432,
  /** Bytes of appends that wait to be written, for each partition: 32 MiB. */
  maxQueuedAppendBytes: 33_554_432,
  /** Calls that wait in one coordinator partition. */
  maxPendingCallsPerPartition: 100_000,
} as const;

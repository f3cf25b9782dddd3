import type { ErrorName } from '@streambus/kafka';

/** Who reads. */
export type FetchReader =
  /** @see PartitionFetchRequest.currentLeaderEpoch which may be -1 here */
  | {
      readonly kind: 'consumer';
      /** Whether it knows what to do with a replica that does not lead: it sent its rack (KIP-392). */
      readonly readsFromFollowers: boolean;
    }
  | {
      readonly kind: 'follower';
      readonly brokerId: number;
      /** Of the process that fetches (KIP-903). */
      readonly brokerEpoch: number;
      /** The first offset that it keeps. */
      readonly logStartOffset: number;
    };

/** A fetch of one partition, as the protocol's Fetch has it. */
export interface PartitionFetchRequest {
  readonly reader: FetchReader;
  /** In which epoch the reader believes the leader to be; -1 = it does not know (KIP-320). */
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  /** The epoch of the last record that the reader has; -1 = it has none, or does not say (KIP-595, KIP-320). */
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
  /** Return the first batch even if it alone exceeds `maxBytes`. */
  readonly minOneBatch: boolean;
}

/** The names of Kafka's errors that a fetch may be answered with. */
export type FetchErrorName = Extract<
  ErrorName,
  | 'FENCED_LEADER_EPOCH'
  | 'KAFKA_STORAGE_ERROR'
  | 'NOT_LEADER_OR_FOLLOWER'
  | 'OFFSET_NOT_AVAILABLE'
  | 'OFFSET_OUT_OF_RANGE'
  | 'UNKNOWN_LEADER_EPOCH'
>;

/** What every answer to a fetch says; -1 where it is not told. */
export interface PartitionEnds {
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

/** The answer to a fetch of one partition. */
export type PartitionFetchAnswer = PartitionEnds &
  (
    | { readonly kind: 'records'; readonly chunks: readonly Uint8Array[]; readonly sizeBytes: number }
    /** The reader's log and this one part at or before `endOffset`, where this log's last epoch up to the reader's ends. */
    | { readonly kind: 'diverging'; readonly epoch: number; readonly endOffset: number }
    | { readonly kind: 'refused'; readonly error: FetchErrorName; readonly message: string }
  );

/** What a follower asks its leader for: the fields of the protocol's Fetch. */
export interface FollowerFetch {
  readonly currentLeaderEpoch: number;
  /** Everything below is safe here: the leader may count on it. */
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
  readonly logStartOffset: number;
}

/** What the leader answered: the fields of the protocol's Fetch. */
export interface LeaderAnswer extends PartitionEnds {
  /** 0 where it worked; see `errorByCode`. */
  readonly errorCode: number;
  /** -1 where the logs agree. */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number };
  /** Whole record batches; a last one that is cut short is left for the next fetch. */
  readonly records: Uint8Array | null;
}

/** What a follower made of its leader's answer. */
export type FollowerOutcome =
  /** Records were appended, and are safe here. */
  | { readonly kind: 'appended'; readonly sizeBytes: number }
  /** There was nothing new but perhaps a high watermark. */
  | { readonly kind: 'unchanged' }
  /** The end of the log was cut off, as the leader has something else there. */
  | { readonly kind: 'truncated'; readonly endOffset: number }
  /** Nothing of this log is left at the leader: it begins anew. */
  | { readonly kind: 'restarted'; readonly startOffset: number }
  /** It is of an epoch in which this replica does not follow any more. */
  | { readonly kind: 'stale' }
  /** Nothing was changed; ask again after a while. */
  | { readonly kind: 'failed'; readonly message: string };

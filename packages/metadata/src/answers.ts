import type { CommandKind, TopicPartition } from './commands.ts';
import type { RefusalCode } from './errors.ts';
import type { BrokerStatus, LeaderEpoch, MetadataVersion, PartitionEpoch } from './state.ts';

/** A broker as registered. */
export interface RegisterBrokerResult {
  readonly kind: 'registerBroker';
  /** {@link Broker.epoch}. */
  readonly epoch: MetadataVersion;
  readonly status: BrokerStatus;
}

/** Done; there is nothing more to say. */
export interface PlainResult {
  readonly kind: 'updateBroker' | 'unregisterBroker' | 'configureTopic' | 'configureBroker' | 'setFeatureLevel';
}

/** What became of the leaderships when a broker's status changed. */
export interface BrokerStatusResult {
  readonly kind: 'fenceBroker' | 'unfenceBroker' | 'drainBroker';
  /** Partitions that have another leader now. */
  readonly movedLeaderCount: number;
  /** Partitions without a leader now that had one before. */
  readonly leaderlessCount: number;
}

/** A topic as created. */
export interface CreateTopicResult {
  readonly kind: 'createTopic';
  readonly topicId: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
}

/** A topic that is gone. */
export interface DeleteTopicResult {
  readonly kind: 'deleteTopic';
  readonly topicId: string;
}

/** A topic with more partitions. */
export interface AddPartitionsResult {
  readonly kind: 'addPartitions';
  readonly partitionCount: number;
}

/** A partition as it is now. */
export interface PartitionResult {
  readonly kind: 'changePartition' | 'beginReassignment' | 'finishReassignment' | 'cancelReassignment';
  readonly partitionEpoch: PartitionEpoch;
  readonly leaderEpoch: LeaderEpoch;
  readonly leader: number | undefined;
  readonly isr: readonly number[];
}

/** What came of one wanted election. */
export interface ElectionOutcome extends TopicPartition {
  /**
   * - `elected`: the preferred leader leads now; of an unclean election: the partition has a leader now.
   * - `notNeeded`: it did, or had one, before.
   * - `notAvailable`: who was to lead is not active, or not in sync, or (unclean) no replica.
   * - `unknownPartition`: there is no such partition.
   */
  readonly outcome: 'elected' | 'notNeeded' | 'notAvailable' | 'unknownPartition';
}

/** What came of the elections: of each that was asked for, or, when all were, of those that elected or could not. */
export interface ElectLeadersResult {
  readonly kind: 'electPreferredLeaders' | 'electUncleanLeaders';
  readonly elections: readonly ElectionOutcome[];
}

/** A block of producer ids. */
export interface AllocateProducerIdsResult {
  readonly kind: 'allocateProducerIds';
  readonly firstProducerId: number;
  readonly count: number;
}

/** What a single command gives when it is applied. */
export type SingleResult =
  | RegisterBrokerResult
  | PlainResult
  | BrokerStatusResult
  | CreateTopicResult
  | DeleteTopicResult
  | AddPartitionsResult
  | PartitionResult
  | ElectLeadersResult
  | AllocateProducerIdsResult;

/** The results of a batch, in its order. */
export interface BatchResult {
  readonly kind: 'batch';
  readonly results: readonly SingleResult[];
}

/** What a command gives when it is applied; `kind` is the command's. */
export type CommandResult = SingleResult | BatchResult;

type Matching<Result, Kind> = Result extends { readonly kind: infer Kinds }
  ? Kind extends Kinds
    ? Result
    : never
  : never;

/** The result that belongs to a kind of command. */
export type ResultOf<Kind extends CommandKind> = Matching<CommandResult, Kind>;

/** Why a command was refused. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Names the thing, its value and what is allowed. */
  readonly message: string;
  /** In a batch: the index of the command that was refused, and with it all. */
  readonly commandIndex?: number;
}

/** What the state machine says to a command, the same on every replica. */
export type CommandAnswer<Kind extends CommandKind = CommandKind> =
  | {
      readonly status: 'applied';
      /** The state's version with the command in it. */
      readonly version: MetadataVersion;
      readonly result: ResultOf<Kind>;
    }
  | {
      readonly status: 'refused';
      /** The state's version, unchanged. */
      readonly version: MetadataVersion;
      readonly refusal: Refusal;
    };

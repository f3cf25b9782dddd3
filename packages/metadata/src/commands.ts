import type { BrokerEndpoint, LeaderEpoch, PartitionEpoch, SupportedFeature } from './state.ts';

/** Registers a broker, or a new incarnation of one. It starts fenced; an earlier incarnation loses leaderships and ISRs as if fenced. */
export interface RegisterBrokerCommand {
  readonly kind: 'registerBroker';
  readonly brokerId: number;
  /** Made anew by each start of the process, 1 to 64 characters. The same one again keeps its status and epoch. */
  readonly incarnation: string;
  /** At least one, with distinct listener names. */
  readonly endpoints: readonly BrokerEndpoint[];
  readonly rack?: string;
  readonly supportedFeatures?: readonly SupportedFeature[];
  /**
   * As which incarnation the broker's data folder was last registered; `null` for a folder that never was. When it is not the one that is
   * registered, what that one acknowledged is not there (another disk, or an old backup): the broker leaves every ISR and all
   * {@link Partition.eligibleReplicas}. Absent: taken for the registered one.
   */
  readonly previousIncarnation?: string | null;
  /**
   * Whether the folder's latest records may be missing: the machine lost power under a flush policy other than `acked`. Then the broker stops
   * being eligible wherever somebody else is; where nobody is, it has more than anybody. Default false.
   */
  readonly mayHaveLostTail?: boolean;
}

/** Changes what a registered broker says of itself; what is absent stays. */
export interface UpdateBrokerCommand {
  readonly kind: 'updateBroker';
  readonly brokerId: number;
  readonly incarnation: string;
  readonly endpoints?: readonly BrokerEndpoint[];
  /** `null` takes the rack away. */
  readonly rack?: string | null;
  readonly supportedFeatures?: readonly SupportedFeature[];
}

/**
 * Takes a broker for dead: it leaves every ISR, and every partition that it led goes to a live member of the ISR, or else to a live eligible
 * replica, in this one entry.
 */
export interface FenceBrokerCommand {
  readonly kind: 'fenceBroker';
  readonly brokerId: number;
  readonly incarnation: string;
}

/** Lets a broker lead again, or ends its draining; it gets the partitions without a leader of which it is an eligible replica. */
export interface UnfenceBrokerCommand {
  readonly kind: 'unfenceBroker';
  readonly brokerId: number;
  readonly incarnation: string;
}

/** Moves a broker's leaderships to other active members of the ISR before it stops. It stays in the ISRs. */
export interface DrainBrokerCommand {
  readonly kind: 'drainBroker';
  readonly brokerId: number;
  readonly incarnation: string;
}

/** Forgets a broker that holds no replica. */
export interface UnregisterBrokerCommand {
  readonly kind: 'unregisterBroker';
  readonly brokerId: number;
}

/** Where a topic's new partitions go. */
export type PartitionPlacement =
  /** The state machine spreads them over racks and brokers. */
  | { readonly kind: 'automatic'; readonly partitionCount: number; readonly replicationFactor: number }
  /** One list of broker ids per partition, the preferred leader first. */
  | { readonly kind: 'explicit'; readonly replicas: readonly (readonly number[])[] };

/** Creates a topic. */
export interface CreateTopicCommand {
  readonly kind: 'createTopic';
  readonly name: string;
  /** A UUID in 36 lower-case characters, made by whoever proposes. */
  readonly topicId: string;
  readonly placement: PartitionPlacement;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Deletes a topic. */
export interface DeleteTopicCommand {
  readonly kind: 'deleteTopic';
  readonly name: string;
  /** Guards against a topic that was created anew under the name. */
  readonly topicId?: string;
}

/** One change of a setting. `append` and `subtract` are for lists (KIP-339). */
export type ConfigChange =
  | { readonly operation: 'set' | 'append' | 'subtract'; readonly key: string; readonly value: string }
  | { readonly operation: 'delete'; readonly key: string };

/** Changes a topic's settings. */
export interface ConfigureTopicCommand {
  readonly kind: 'configureTopic';
  readonly name: string;
  /** Drops every setting first, so that only `changes` remain. Default false. */
  readonly replace?: boolean;
  readonly changes: readonly ConfigChange[];
}

/** Changes the dynamic settings of one broker, or of all: defaults for the topics, by their broker-level names. */
export interface ConfigureBrokerCommand {
  readonly kind: 'configureBroker';
  /** Absent: for the whole cluster. */
  readonly brokerId?: number;
  readonly replace?: boolean;
  readonly changes: readonly ConfigChange[];
}

/** Adds partitions to a topic. */
export interface AddPartitionsCommand {
  readonly kind: 'addPartitions';
  readonly name: string;
  /** How many the topic has afterwards. */
  readonly totalCount: number;
  /** One list per added partition; absent: placed by the state machine with the replication factor of partition 0. */
  readonly replicas?: readonly (readonly number[])[];
}

/** A member of a proposed ISR. */
export interface IsrMember {
  readonly brokerId: number;
  /** Where given, an entering member must still be this incarnation (KIP-903). */
  readonly incarnation?: string;
}

/** Changes a partition if nobody has changed it since; what is absent stays. */
export interface ChangePartitionCommand {
  readonly kind: 'changePartition';
  readonly name: string;
  readonly partition: number;
  /** As the proposer read it. */
  readonly partitionEpoch: PartitionEpoch;
  /** As the proposer read it, where it acts as leader. */
  readonly leaderEpoch?: LeaderEpoch;
  readonly isr?: readonly IsrMember[];
  readonly leader?: number;
  /** All of them, the preferred leader first. */
  readonly replicas?: readonly number[];
}

/** One partition of one topic. */
export interface TopicPartition {
  readonly name: string;
  readonly partition: number;
}

/** Gives partitions back to their preferred leaders. */
export interface ElectPreferredLeadersCommand {
  readonly kind: 'electPreferredLeaders';
  /** Absent: every partition. */
  readonly partitions?: readonly TopicPartition[];
}

/** One election that may lose records. */
export interface UncleanElection extends TopicPartition {
  /** Who is to lead: an active replica. Absent: the first active one. */
  readonly leader?: number;
}

/**
 * Gives partitions without a leader one that is neither in sync nor eligible. Acknowledged records that it lacks are lost, which is why each
 * partition is named.
 */
export interface ElectUncleanLeadersCommand {
  readonly kind: 'electUncleanLeaders';
  readonly partitions: readonly UncleanElection[];
}

/** Begins to move a partition to other brokers: they become replicas, and the old ones stay until it is finished. */
export interface BeginReassignmentCommand {
  readonly kind: 'beginReassignment';
  readonly name: string;
  readonly partition: number;
  /** The replicas at the end, the preferred leader first. */
  readonly targetReplicas: readonly number[];
}

/** Removes the old replicas once every added one is in sync. */
export interface FinishReassignmentCommand {
  readonly kind: 'finishReassignment';
  readonly name: string;
  readonly partition: number;
}

/** Goes back to the replicas from before. */
export interface CancelReassignmentCommand {
  readonly kind: 'cancelReassignment';
  readonly name: string;
  readonly partition: number;
}

/** Hands a block of producer ids to a broker. No id is handed out twice. */
export interface AllocateProducerIdsCommand {
  readonly kind: 'allocateProducerIds';
  readonly brokerId: number;
  readonly incarnation: string;
  /** 1 to 1,000,000. */
  readonly count: number;
}

/** Puts a feature level in force, once every registered broker supports it. Level 0 takes the feature away. */
export interface SetFeatureLevelCommand {
  readonly kind: 'setFeatureLevel';
  readonly name: string;
  readonly level: number;
}

/** Any command but a batch. */
export type SingleCommand =
  | RegisterBrokerCommand
  | UpdateBrokerCommand
  | FenceBrokerCommand
  | UnfenceBrokerCommand
  | DrainBrokerCommand
  | UnregisterBrokerCommand
  | CreateTopicCommand
  | DeleteTopicCommand
  | ConfigureTopicCommand
  | ConfigureBrokerCommand
  | AddPartitionsCommand
  | ChangePartitionCommand
  | ElectPreferredLeadersCommand
  | ElectUncleanLeadersCommand
  | BeginReassignmentCommand
  | FinishReassignmentCommand
  | CancelReassignmentCommand
  | AllocateProducerIdsCommand
  | SetFeatureLevelCommand;

/** Several commands in one step: all or none; each sees what those before it did. */
export interface BatchCommand {
  readonly kind: 'batch';
  /** 1 to 10,000. */
  readonly commands: readonly SingleCommand[];
}

/** Whatever may change the state. Nothing else does. */
export type MetadataCommand = SingleCommand | BatchCommand;

/** The discriminants of {@link MetadataCommand}. */
export type CommandKind = MetadataCommand['kind'];

/** The command of a kind. */
export type CommandOf<Kind extends CommandKind> = Extract<MetadataCommand, { readonly kind: Kind }>;

import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why the state machine refuses a command. A refused command changes nothing; every replica gives the same refusal.
 *
 * - `BROKER_IN_USE`: the broker still holds replicas.
 * - `BROKER_STATUS_CONFLICT`: the broker's status does not allow this transition.
 * - `ELECTION_NOT_POSSIBLE`: the asked leader is fenced or not in sync.
 * - `INELIGIBLE_REPLICA`: a broker that is fenced, draining or restarted since cannot enter the ISR.
 * - `INVALID_CONFIG`: unknown key, or a value that the key does not allow.
 * - `INVALID_FEATURE`: a feature level that a registered broker does not support, or a broker that does not support a level in force.
 * - `INVALID_PARTITIONS`: a partition count outside what is allowed, or not above the present one.
 * - `INVALID_REPLICA_ASSIGNMENT`: an explicit assignment that is empty, repeats a broker, or has no live one.
 * - `INVALID_REPLICATION_FACTOR`: below 1, or above the number of active brokers.
 * - `INVALID_REQUEST`: a malformed command, such as an empty batch or a batch in a batch.
 * - `INVALID_TOPIC_NAME`: not a name that Kafka allows.
 * - `NO_REASSIGNMENT_IN_PROGRESS`: nothing to finish or to cancel.
 * - `PRODUCER_IDS_EXHAUSTED`: no block of that size is left below 2^53.
 * - `REASSIGNMENT_IN_PROGRESS`: another reassignment of the partition has to end first.
 * - `REASSIGNMENT_NOT_READY`: not every added replica is in sync, or none of those that stay is.
 * - `STALE_INCARNATION`: the broker was registered anew since.
 * - `STALE_LEADER_EPOCH`: the partition's leader epoch has moved on.
 * - `STALE_PARTITION_EPOCH`: the partition has changed since it was read.
 * - `TOPIC_EXISTS`: the name or the id is taken.
 * - `UNKNOWN_BROKER`: no such broker is registered.
 * - `UNKNOWN_PARTITION`: the topic has no such partition.
 * - `UNKNOWN_TOPIC`: no topic of that name.
 * - `UNKNOWN_TOPIC_ID`: the topic of that name has another id.
 */
export const refusalCodes = [
  'BROKER_IN_USE',
  'BROKER_STATUS_CONFLICT',
  'ELECTION_NOT_POSSIBLE',
  'INELIGIBLE_REPLICA',
  'INVALID_CONFIG',
  'INVALID_FEATURE',
  'INVALID_PARTITIONS',
  'INVALID_REPLICA_ASSIGNMENT',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_REQUEST',
  'INVALID_TOPIC_NAME',
  'NO_REASSIGNMENT_IN_PROGRESS',
  'PRODUCER_IDS_EXHAUSTED',
  'REASSIGNMENT_IN_PROGRESS',
  'REASSIGNMENT_NOT_READY',
  'STALE_INCARNATION',
  'STALE_LEADER_EPOCH',
  'STALE_PARTITION_EPOCH',
  'TOPIC_EXISTS',
  'UNKNOWN_BROKER',
  'UNKNOWN_PARTITION',
  'UNKNOWN_TOPIC',
  'UNKNOWN_TOPIC_ID',
] as const;

/** One of {@link refusalCodes}. */
export type RefusalCode = (typeof refusalCodes)[number];

/**
 * Why the store gives up on a command or a read that the state machine has not refused.
 *
 * - `METADATA_CLOSED`: the store is closed. Outcome unknown when an attempt was under way.
 * - `METADATA_OPTIONS_INVALID`: an option makes no sense.
 * - `METADATA_OUTCOME_UNKNOWN`: an attempt may have been applied, and no further one can tell (the session is gone, or the node broken).
 *   Outcome unknown.
 * - `METADATA_OVERLOADED`: `maxInflightCommands` are under way and `maxQueuedCommands` wait. Retriable.
 * - `METADATA_REJECTED`: the proposer refuses for good (such as a command that is too large), and nothing was applied.
 * - `METADATA_TIMEOUT`: the deadline passed. Retriable; outcome unknown when an attempt may yet commit.
 * - `METADATA_UNAVAILABLE`: nothing has committed for a while, so nothing new is tried. Retriable.
 */
export const storeErrorCodes = [
  'METADATA_CLOSED',
  'METADATA_OPTIONS_INVALID',
  'METADATA_OUTCOME_UNKNOWN',
  'METADATA_OVERLOADED',
  'METADATA_REJECTED',
  'METADATA_TIMEOUT',
  'METADATA_UNAVAILABLE',
] as const;

/** Every code of a {@link MetadataError}: {@link refusalCodes} and {@link storeErrorCodes}. */
export const metadataErrorCodes: readonly [...typeof refusalCodes, ...typeof storeErrorCodes] = [
  ...refusalCodes,
  ...storeErrorCodes,
];

/** One of {@link metadataErrorCodes}. */
export type MetadataErrorCode = (typeof metadataErrorCodes)[number];

/** A refusal by the state machine, or a failure of the store. */
export class MetadataError extends StreamBusError<MetadataErrorCode> {
  override readonly name = 'MetadataError';

  constructor(code: MetadataErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}

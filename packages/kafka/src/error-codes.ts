/**
 * The error codes of the protocol, as brokers answer them (https://kafka.apache.org/protocol.html#protocol_error_codes).
 *
 * `retriable` is whether the same request may succeed later, after fresh metadata where the code speaks of leaders or coordinators.
 */
// biome-ignore format: a table, one row for each code
export const errorTable = [
  { code: -1, name: 'UNKNOWN_SERVER_ERROR', retriable: false, message: 'The broker failed in a way that it has no code for.' },
  { code: 0, name: 'NONE', retriable: false, message: 'It worked.' },
  { code: 1, name: 'OFFSET_OUT_OF_RANGE', retriable: false, message: 'The offset lies outside of what the partition holds.' },
  { code: 2, name: 'CORRUPT_MESSAGE', retriable: true, message: 'The records fail their checksum, size limit or form.' },
  { code: 3, name: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true, message: 'This broker has no such topic or partition.' },
  { code: 4, name: 'INVALID_FETCH_SIZE', retriable: false, message: 'The fetch size is not allowed.' },
  { code: 5, name: 'LEADER_NOT_AVAILABLE', retriable: true, message: 'The partition has no leader while one is being elected.' },
  { code: 6, name: 'NOT_LEADER_OR_FOLLOWER', retriable: true, message: 'This broker is not the leader, or not a replica, of the partition.' },
  { code: 7, name: 'REQUEST_TIMED_OUT', retriable: true, message: 'The request took longer than it allowed.' },
  { code: 8, name: 'BROKER_NOT_AVAILABLE', retriable: false, message: 'The broker is not available.' },
  { code: 9, name: 'REPLICA_NOT_AVAILABLE', retriable: true, message: 'The replica is not available on this broker.' },
  { code: 10, name: 'MESSAGE_TOO_LARGE', retriable: false, message: 'The records are larger than the topic allows.' },
  { code: 11, name: 'STALE_CONTROLLER_EPOCH', retriable: false, message: 'The request comes from a controller that has been replaced.' },
  { code: 12, name: 'OFFSET_METADATA_TOO_LARGE', retriable: false, message: 'The metadata that goes with a committed offset is too large.' },
  { code: 13, name: 'NETWORK_EXCEPTION', retriable: true, message: 'The connection ended before the response came.' },
  { code: 14, name: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true, message: "The coordinator is still loading the group's state." },
  { code: 15, name: 'COORDINATOR_NOT_AVAILABLE', retriable: true, message: 'The group has no coordinator at present.' },
  { code: 16, name: 'NOT_COORDINATOR', retriable: true, message: "This broker is not the group's coordinator." },
  { code: 17, name: 'INVALID_TOPIC_EXCEPTION', retriable: false, message: "The topic's name is not allowed, or the operation is not on this topic." },
  { code: 18, name: 'RECORD_LIST_TOO_LARGE', retriable: false, message: 'The batch is larger than a segment of the log.' },
  { code: 19, name: 'NOT_ENOUGH_REPLICAS', retriable: true, message: 'Fewer replicas are in sync than the topic requires; nothing was written.' },
  { code: 20, name: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', retriable: true, message: 'The records are written, to fewer in-sync replicas than the topic requires.' },
  { code: 21, name: 'INVALID_REQUIRED_ACKS', retriable: false, message: 'Acks must be 0, 1 or -1.' },
  { code: 22, name: 'ILLEGAL_GENERATION', retriable: false, message: "The generation is not the group's current one." },
  { code: 23, name: 'INCONSISTENT_GROUP_PROTOCOL', retriable: false, message: "The member's protocols have nothing in common with those of the group." },
  { code: 24, name: 'INVALID_GROUP_ID', retriable: false, message: 'The group id is not allowed.' },
  { code: 25, name: 'UNKNOWN_MEMBER_ID', retriable: false, message: 'The group has no such member.' },
  { code: 26, name: 'INVALID_SESSION_TIMEOUT', retriable: false, message: 'The session timeout lies outside of what the broker allows.' },
  { code: 27, name: 'REBALANCE_IN_PROGRESS', retriable: false, message: 'The group is rebalancing; join it again.' },
  { code: 28, name: 'INVALID_COMMIT_OFFSET_SIZE', retriable: false, message: 'The committed offset and its metadata are too large.' },
  { code: 29, name: 'TOPIC_AUTHORIZATION_FAILED', retriable: false, message: 'Not authorized for the topic.' },
  { code: 30, name: 'GROUP_AUTHORIZATION_FAILED', retriable: false, message: 'Not authorized for the group.' },
  { code: 31, name: 'CLUSTER_AUTHORIZATION_FAILED', retriable: false, message: 'Not authorized for the cluster.' },
  { code: 32, name: 'INVALID_TIMESTAMP', retriable: false, message: "A record's timestamp lies too far from the broker's time." },
  { code: 33, name: 'UNSUPPORTED_SASL_MECHANISM', retriable: false, message: 'The broker does not offer this SASL mechanism.' },
  { code: 34, name: 'ILLEGAL_SASL_STATE', retriable: false, message: 'The request does not belong at this point of the SASL exchange.' },
  { code: 35, name: 'UNSUPPORTED_VERSION', retriable: false, message: 'The broker does not serve this version of the API.' },
  { code: 36, name: 'TOPIC_ALREADY_EXISTS', retriable: false, message: 'A topic of this name exists.' },
  { code: 37, name: 'INVALID_PARTITIONS', retriable: false, message: 'The number of partitions is not allowed.' },
  { code: 38, name: 'INVALID_REPLICATION_FACTOR', retriable: false, message: 'The replication factor is below 1 or above the number of brokers.' },
  { code: 39, name: 'INVALID_REPLICA_ASSIGNMENT', retriable: false, message: 'The assignment of replicas is not allowed.' },
  { code: 40, name: 'INVALID_CONFIG', retriable: false, message: 'A configuration key or value is not allowed.' },
  { code: 41, name: 'NOT_CONTROLLER', retriable: true, message: 'This broker is not the controller.' },
  { code: 42, name: 'INVALID_REQUEST', retriable: false, message: 'The request cannot be read, or contradicts itself.' },
  { code: 43, name: 'UNSUPPORTED_FOR_MESSAGE_FORMAT', retriable: false, message: 'The record format does not allow this.' },
  { code: 44, name: 'POLICY_VIOLATION', retriable: false, message: 'A policy of the cluster does not allow this.' },
  { code: 45, name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', retriable: false, message: "The producer's sequence number does not follow its last one." },
  { code: 46, name: 'DUPLICATE_SEQUENCE_NUMBER', retriable: false, message: "The producer's sequence number has been seen before." },
  { code: 47, name: 'INVALID_PRODUCER_EPOCH', retriable: false, message: "The producer's epoch is older than its current one." },
  { code: 48, name: 'INVALID_TXN_STATE', retriable: false, message: 'The transaction is not in a state that allows this.' },
  { code: 49, name: 'INVALID_PRODUCER_ID_MAPPING', retriable: false, message: 'The producer id is not the one of this transactional id.' },
  { code: 50, name: 'INVALID_TRANSACTION_TIMEOUT', retriable: false, message: 'The transaction timeout is longer than the broker allows.' },
  { code: 51, name: 'CONCURRENT_TRANSACTIONS', retriable: true, message: 'Another operation on this transaction is under way.' },
  { code: 52, name: 'TRANSACTION_COORDINATOR_FENCED', retriable: false, message: 'The transaction coordinator that wrote this marker has been replaced.' },
  { code: 53, name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', retriable: false, message: 'Not authorized for the transactional id.' },
  { code: 54, name: 'SECURITY_DISABLED', retriable: false, message: 'Security features are switched off.' },
  { code: 55, name: 'OPERATION_NOT_ATTEMPTED', retriable: false, message: 'Not tried, because another part of the request failed.' },
  { code: 56, name: 'KAFKA_STORAGE_ERROR', retriable: true, message: "The broker cannot read or write the partition's log." },
  { code: 57, name: 'LOG_DIR_NOT_FOUND', retriable: false, message: 'The broker has no such log directory.' },
  { code: 58, name: 'SASL_AUTHENTICATION_FAILED', retriable: false, message: 'The credentials were refused.' },
  { code: 59, name: 'UNKNOWN_PRODUCER_ID', retriable: false, message: 'The partition remembers nothing of this producer.' },
  { code: 60, name: 'REASSIGNMENT_IN_PROGRESS', retriable: false, message: 'The partition is being reassigned.' },
  { code: 61, name: 'DELEGATION_TOKEN_AUTH_DISABLED', retriable: false, message: 'Delegation tokens are switched off.' },
  { code: 62, name: 'DELEGATION_TOKEN_NOT_FOUND', retriable: false, message: 'There is no such delegation token.' },
  { code: 63, name: 'DELEGATION_TOKEN_OWNER_MISMATCH', retriable: false, message: 'The delegation token belongs to somebody else.' },
  { code: 64, name: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', retriable: false, message: 'Delegation tokens cannot be asked for over this connection.' },
  { code: 65, name: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', retriable: false, message: 'Not authorized for the delegation token.' },
  { code: 66, name: 'DELEGATION_TOKEN_EXPIRED', retriable: false, message: 'The delegation token has expired.' },
  { code: 67, name: 'INVALID_PRINCIPAL_TYPE', retriable: false, message: 'The type of the principal is not supported.' },
  { code: 68, name: 'NON_EMPTY_GROUP', retriable: false, message: 'The group has members.' },
  { code: 69, name: 'GROUP_ID_NOT_FOUND', retriable: false, message: 'There is no such group.' },
  { code: 70, name: 'FETCH_SESSION_ID_NOT_FOUND', retriable: true, message: 'There is no such fetch session.' },
  { code: 71, name: 'INVALID_FETCH_SESSION_EPOCH', retriable: true, message: 'The epoch does not follow the last one of the fetch session.' },
  { code: 72, name: 'LISTENER_NOT_FOUND', retriable: true, message: 'The leader has no listener of the name that the request came in by.' },
  { code: 73, name: 'TOPIC_DELETION_DISABLED', retriable: false, message: 'Topics cannot be deleted here.' },
  { code: 74, name: 'FENCED_LEADER_EPOCH', retriable: true, message: "The leader epoch in the request is older than the broker's." },
  { code: 75, name: 'UNKNOWN_LEADER_EPOCH', retriable: true, message: "The leader epoch in the request is newer than the broker's." },
  { code: 76, name: 'UNSUPPORTED_COMPRESSION_TYPE', retriable: false, message: "The records' compression is not known, or not allowed in this version." },
  { code: 77, name: 'STALE_BROKER_EPOCH', retriable: false, message: 'The broker has registered again since.' },
  { code: 78, name: 'OFFSET_NOT_AVAILABLE', retriable: true, message: "The new leader's high watermark has not caught up yet." },
  { code: 79, name: 'MEMBER_ID_REQUIRED', retriable: false, message: 'Join again with the member id in this response.' },
  { code: 80, name: 'PREFERRED_LEADER_NOT_AVAILABLE', retriable: true, message: 'The preferred leader cannot lead at present.' },
  { code: 81, name: 'GROUP_MAX_SIZE_REACHED', retriable: false, message: 'The group has as many members as it may.' },
  { code: 82, name: 'FENCED_INSTANCE_ID', retriable: false, message: 'Another member has taken over this group instance id.' },
  { code: 83, name: 'ELIGIBLE_LEADERS_NOT_AVAILABLE', retriable: true, message: 'No replica that may lead is available.' },
  { code: 84, name: 'ELECTION_NOT_NEEDED', retriable: true, message: 'The partition has the leader that it should have.' },
  { code: 85, name: 'NO_REASSIGNMENT_IN_PROGRESS', retriable: false, message: 'The partition is not being reassigned.' },
  { code: 86, name: 'GROUP_SUBSCRIBED_TO_TOPIC', retriable: false, message: 'The group subscribes to the topic, so its offsets cannot be deleted.' },
  { code: 87, name: 'INVALID_RECORD', retriable: false, message: 'A record was refused by the broker.' },
  { code: 88, name: 'UNSTABLE_OFFSET_COMMIT', retriable: true, message: 'Offsets of an open transaction are pending.' },
  { code: 89, name: 'THROTTLING_QUOTA_EXCEEDED', retriable: true, message: 'The quota is used up for now.' },
  { code: 90, name: 'PRODUCER_FENCED', retriable: false, message: 'A newer producer has taken over this transactional id.' },
  { code: 91, name: 'RESOURCE_NOT_FOUND', retriable: false, message: 'There is no such resource.' },
  { code: 92, name: 'DUPLICATE_RESOURCE', retriable: false, message: 'The request names a resource twice.' },
  { code: 93, name: 'UNACCEPTABLE_CREDENTIAL', retriable: false, message: 'The credential does not fulfil what is required.' },
  { code: 94, name: 'INCONSISTENT_VOTER_SET', retriable: false, message: 'One side is not among the voters, or the voters differ.' },
  { code: 95, name: 'INVALID_UPDATE_VERSION', retriable: false, message: 'The state was changed since the version that the update is based on.' },
  { code: 96, name: 'FEATURE_UPDATE_FAILED', retriable: false, message: 'A feature could not be brought to the level asked for.' },
  { code: 97, name: 'PRINCIPAL_DESERIALIZATION_FAILURE', retriable: false, message: 'The principal of a forwarded request cannot be read.' },
  { code: 98, name: 'SNAPSHOT_NOT_FOUND', retriable: false, message: 'There is no such snapshot.' },
  { code: 99, name: 'POSITION_OUT_OF_RANGE', retriable: false, message: 'The position lies outside of the snapshot.' },
  { code: 100, name: 'UNKNOWN_TOPIC_ID', retriable: true, message: 'This broker has no topic of this id.' },
  { code: 101, name: 'DUPLICATE_BROKER_REGISTRATION', retriable: false, message: 'The broker id is in use.' },
  { code: 102, name: 'BROKER_ID_NOT_REGISTERED', retriable: false, message: 'The broker id is not registered.' },
  { code: 103, name: 'INCONSISTENT_TOPIC_ID', retriable: true, message: "The log's topic id is not the one in the request." },
  { code: 104, name: 'INCONSISTENT_CLUSTER_ID', retriable: false, message: 'The request belongs to another cluster.' },
  { code: 105, name: 'TRANSACTIONAL_ID_NOT_FOUND', retriable: false, message: 'There is no such transactional id.' },
  { code: 106, name: 'FETCH_SESSION_TOPIC_ID_ERROR', retriable: true, message: 'The fetch session and the request disagree on using topic ids.' },
  { code: 107, name: 'INELIGIBLE_REPLICA', retriable: false, message: 'The replica may not join the in-sync replicas.' },
  { code: 108, name: 'NEW_LEADER_ELECTED', retriable: false, message: 'The change has made another replica the leader.' },
  { code: 109, name: 'OFFSET_MOVED_TO_TIERED_STORAGE', retriable: false, message: 'The offset has been moved to tiered storage.' },
  { code: 110, name: 'FENCED_MEMBER_EPOCH', retriable: false, message: "The member's epoch is not its current one; join again with epoch 0." },
  { code: 111, name: 'UNRELEASED_INSTANCE_ID', retriable: false, message: 'The group instance id is still in use by another member.' },
  { code: 112, name: 'UNSUPPORTED_ASSIGNOR', retriable: false, message: 'The group coordinator has no such assignor.' },
  { code: 113, name: 'STALE_MEMBER_EPOCH', retriable: false, message: "The member's epoch is old; ask again with the current one." },
  { code: 114, name: 'MISMATCHED_ENDPOINT_TYPE', retriable: false, message: 'The request came in at the wrong type of endpoint.' },
  { code: 115, name: 'UNSUPPORTED_ENDPOINT_TYPE', retriable: false, message: 'This type of endpoint is not supported.' },
  { code: 116, name: 'UNKNOWN_CONTROLLER_ID', retriable: false, message: 'The controller id is not known.' },
  { code: 117, name: 'UNKNOWN_SUBSCRIPTION_ID', retriable: false, message: "The telemetry subscription is not the client's current one." },
  { code: 118, name: 'TELEMETRY_TOO_LARGE', retriable: false, message: 'The telemetry is larger than the broker accepts.' },
  { code: 119, name: 'INVALID_REGISTRATION', retriable: false, message: "The controller refuses the broker's registration." },
  { code: 120, name: 'TRANSACTION_ABORTABLE', retriable: false, message: 'The transaction failed and has to be aborted.' },
  { code: 121, name: 'INVALID_RECORD_STATE', retriable: false, message: "The record's delivery state does not allow this acknowledgement." },
  { code: 122, name: 'SHARE_SESSION_NOT_FOUND', retriable: true, message: 'There is no such share session.' },
  { code: 123, name: 'INVALID_SHARE_SESSION_EPOCH', retriable: true, message: 'The epoch does not follow the last one of the share session.' },
  { code: 124, name: 'FENCED_STATE_EPOCH', retriable: false, message: 'The state epoch in the request is older than the current one.' },
  { code: 125, name: 'INVALID_VOTER_KEY', retriable: false, message: 'The voter key is not the one of the receiving replica.' },
  { code: 126, name: 'DUPLICATE_VOTER', retriable: false, message: 'The voter is one already.' },
  { code: 127, name: 'VOTER_NOT_FOUND', retriable: false, message: 'There is no such voter.' },
  { code: 128, name: 'INVALID_REGULAR_EXPRESSION', retriable: false, message: 'The regular expression cannot be read.' },
  { code: 129, name: 'REBOOTSTRAP_REQUIRED', retriable: false, message: 'The client has to start again from its bootstrap addresses.' },
  { code: 130, name: 'STREAMS_INVALID_TOPOLOGY', retriable: false, message: 'The streams topology is not allowed.' },
  { code: 131, name: 'STREAMS_INVALID_TOPOLOGY_EPOCH', retriable: false, message: 'The epoch of the streams topology is not allowed.' },
  { code: 132, name: 'STREAMS_TOPOLOGY_FENCED', retriable: false, message: 'The epoch of the streams topology is old.' },
  { code: 133, name: 'SHARE_SESSION_LIMIT_REACHED', retriable: true, message: 'The broker has as many share sessions as it may.' },
] as const;

type Entry = (typeof errorTable)[number];

/** The name of an error code, such as `NOT_LEADER_OR_FOLLOWER`. */
export type ErrorName = Entry['name'];

/** One of the protocol's error codes. */
export type ErrorCode = Entry['code'];

/** What the protocol says of one error code. */
export interface ProtocolError {
  readonly code: ErrorCode;
  readonly name: ErrorName;
  readonly retriable: boolean;
  /** For people; of our own wording. */
  readonly message: string;
}

/** The error codes by name: `errorCodes.NOT_LEADER_OR_FOLLOWER` is 6. */
export const errorCodes: { readonly [E in Entry as E['name']]: E['code'] } = Object.freeze(
  Object.fromEntries(errorTable.map(({ name, code }) => [name, code])),
) as { readonly [E in Entry as E['name']]: E['code'] };

const byCode: ReadonlyMap<number, ProtocolError> = new Map(errorTable.map((entry) => [entry.code, entry]));

/** What the protocol says of an error code; undefined for a code that is not in the table. */
export function errorByCode(code: number): ProtocolError | undefined {
  return byCode.get(code);
}

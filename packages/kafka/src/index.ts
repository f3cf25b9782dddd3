/**
 * The Kafka wire protocol without I/O: API schemas, codecs, record batches, compression, error codes.
 *
 * @packageDocumentation
 */

export type {
  AlterConfigsRequest,
  AlterConfigsRequestInput,
  AlterConfigsResponse,
  AlterConfigsResponseInput,
} from './apis/alter-configs.ts';
export type {
  ApiVersionsRequest,
  ApiVersionsRequestInput,
  ApiVersionsResponse,
  ApiVersionsResponseInput,
} from './apis/api-versions.ts';
export {
  type ConsumerProtocolAssignment,
  type ConsumerProtocolAssignmentInput,
  type ConsumerProtocolSubscription,
  type ConsumerProtocolSubscriptionInput,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from './apis/consumer-protocol.ts';
export type {
  CreatePartitionsRequest,
  CreatePartitionsRequestInput,
  CreatePartitionsResponse,
  CreatePartitionsResponseInput,
} from './apis/create-partitions.ts';
export type {
  CreateTopicsRequest,
  CreateTopicsRequestInput,
  CreateTopicsResponse,
  CreateTopicsResponseInput,
} from './apis/create-topics.ts';
export type {
  DeleteGroupsRequest,
  DeleteGroupsRequestInput,
  DeleteGroupsResponse,
  DeleteGroupsResponseInput,
} from './apis/delete-groups.ts';
export type {
  DeleteRecordsRequest,
  DeleteRecordsRequestInput,
  DeleteRecordsResponse,
  DeleteRecordsResponseInput,
} from './apis/delete-records.ts';
export type {
  DeleteTopicsRequest,
  DeleteTopicsRequestInput,
  DeleteTopicsResponse,
  DeleteTopicsResponseInput,
} from './apis/delete-topics.ts';
export type {
  DescribeClusterRequest,
  DescribeClusterRequestInput,
  DescribeClusterResponse,
  DescribeClusterResponseInput,
} from './apis/describe-cluster.ts';
export type {
  DescribeConfigsRequest,
  DescribeConfigsRequestInput,
  DescribeConfigsResponse,
  DescribeConfigsResponseInput,
} from './apis/describe-configs.ts';
export type {
  DescribeGroupsRequest,
  DescribeGroupsRequestInput,
  DescribeGroupsResponse,
  DescribeGroupsResponseInput,
} from './apis/describe-groups.ts';
export type {
  DescribeLogDirsRequest,
  DescribeLogDirsRequestInput,
  DescribeLogDirsResponse,
  DescribeLogDirsResponseInput,
} from './apis/describe-log-dirs.ts';
export type {
  DescribeProducersRequest,
  DescribeProducersRequestInput,
  DescribeProducersResponse,
  DescribeProducersResponseInput,
} from './apis/describe-producers.ts';
export type { FetchRequest, FetchRequestInput, FetchResponse, FetchResponseInput } from './apis/fetch.ts';
export type {
  FindCoordinatorRequest,
  FindCoordinatorRequestInput,
  FindCoordinatorResponse,
  FindCoordinatorResponseInput,
} from './apis/find-coordinator.ts';
export type {
  HeartbeatRequest,
  HeartbeatRequestInput,
  HeartbeatResponse,
  HeartbeatResponseInput,
} from './apis/heartbeat.ts';
export type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsRequestInput,
  IncrementalAlterConfigsResponse,
  IncrementalAlterConfigsResponseInput,
} from './apis/incremental-alter-configs.ts';
export * as apis from './apis/index.ts';
export type {
  InitProducerIdRequest,
  InitProducerIdRequestInput,
  InitProducerIdResponse,
  InitProducerIdResponseInput,
} from './apis/init-producer-id.ts';
export type {
  JoinGroupRequest,
  JoinGroupRequestInput,
  JoinGroupResponse,
  JoinGroupResponseInput,
} from './apis/join-group.ts';
export type {
  LeaveGroupRequest,
  LeaveGroupRequestInput,
  LeaveGroupResponse,
  LeaveGroupResponseInput,
} from './apis/leave-group.ts';
export type {
  ListGroupsRequest,
  ListGroupsRequestInput,
  ListGroupsResponse,
  ListGroupsResponseInput,
} from './apis/list-groups.ts';
export type {
  ListOffsetsRequest,
  ListOffsetsRequestInput,
  ListOffsetsResponse,
  ListOffsetsResponseInput,
} from './apis/list-offsets.ts';
export type {
  MetadataRequest,
  MetadataRequestInput,
  MetadataResponse,
  MetadataResponseInput,
} from './apis/metadata.ts';
export type {
  OffsetCommitRequest,
  OffsetCommitRequestInput,
  OffsetCommitResponse,
  OffsetCommitResponseInput,
} from './apis/offset-commit.ts';
export type {
  OffsetDeleteRequest,
  OffsetDeleteRequestInput,
  OffsetDeleteResponse,
  OffsetDeleteResponseInput,
} from './apis/offset-delete.ts';
export type {
  OffsetFetchRequest,
  OffsetFetchRequestInput,
  OffsetFetchResponse,
  OffsetFetchResponseInput,
} from './apis/offset-fetch.ts';
export type {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochRequestInput,
  OffsetForLeaderEpochResponse,
  OffsetForLeaderEpochResponseInput,
} from './apis/offset-for-leader-epoch.ts';
export type { ProduceRequest, ProduceRequestInput, ProduceResponse, ProduceResponseInput } from './apis/produce.ts';
export type {
  SaslAuthenticateRequest,
  SaslAuthenticateRequestInput,
  SaslAuthenticateResponse,
  SaslAuthenticateResponseInput,
} from './apis/sasl-authenticate.ts';
export type {
  SaslHandshakeRequest,
  SaslHandshakeRequestInput,
  SaslHandshakeResponse,
  SaslHandshakeResponseInput,
} from './apis/sasl-handshake.ts';
export type {
  SyncGroupRequest,
  SyncGroupRequestInput,
  SyncGroupResponse,
  SyncGroupResponseInput,
} from './apis/sync-group.ts';
export { encodeUnsupportedApiVersions, isClientSoftwareText } from './codec/api-versions.ts';
export {
  decodeRequestHeader,
  decodeResponseHeader,
  type RequestHeader,
  type ResponseHeader,
  requestHeaderVersion,
  responseHeaderVersion,
} from './codec/headers.ts';
export {
  type DecodeOptions,
  decodeMessage,
  decodeRequest,
  decodeResponse,
  encodeMessage,
  encodeRequest,
  encodeResponse,
  type RequestHeaderInput,
} from './codec/messages.ts';
export { type Compression, type CompressionCodec, createCompression } from './compression/compression.ts';
export { type CompressionType, compressionTypes } from './compression/compression-type.ts';
export {
  type ErrorCode,
  type ErrorName,
  errorByCode,
  errorCodes,
  errorTable,
  type ProtocolError,
} from './error-codes.ts';
export { createFrameCutter, type FrameCutter, type FrameCutterOptions } from './frames/frame-cutter.ts';
export { KafkaError, type KafkaErrorCode, kafkaErrorCodes } from './kafka-error.ts';
export {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchBytes,
  batchCompression,
  batchCrc,
  batchHeaderBytes,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLengthPrefixBytes,
  batchMagic,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchPlaces,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchTimestampType,
  computeBatchCrc,
  nextBatch,
  stampAppendTime,
  stampBatch,
  type TimestampType,
} from './records/batch-header.ts';
export { crc32c } from './records/crc32c.ts';
export {
  encodeRecordBatch,
  type RecordBatchOptions,
  type RecordHeaderInput,
  type RecordInput,
} from './records/encode-batch.ts';
export { createRecordCursor, type RecordCursor } from './records/record-cursor.ts';
export {
  checkRecords,
  type DecodeRecordsOptions,
  decodeRecords,
  findTimestamp,
  headersOf,
  type KafkaRecord,
  type RecordChecks,
  type RecordHeader,
  recordSection,
  type TimestampedOffset,
} from './records/records.ts';
export { type BatchLimits, validateBatch } from './records/validate-batch.ts';
export { zeroUuid } from './schema/field.ts';
export type {
  ItemOf,
  Message,
  MessageInput,
  MessageInputOf,
  MessageOf,
  RecordsInput,
  RequestInputOf,
  RequestOf,
  ResponseInputOf,
  ResponseOf,
} from './schema/infer.ts';
export {
  type ApiVersionsOf,
  type ApiVersionsRow,
  apiByKey,
  apiList,
  apiVersionsRows,
  isServed,
  versionsOf,
} from './schema/registry.ts';
export type {
  Api,
  ArrayField,
  Field,
  FieldBase,
  Fields,
  MessageSchema,
  PrimitiveField,
  PrimitiveType,
  StructField,
  VersionRange,
} from './schema/schema.ts';

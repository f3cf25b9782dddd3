/**
 * Protobuf wire form of the messages of @streambus/raft and @streambus/metadata.
 *
 * @packageDocumentation
 */
export {};

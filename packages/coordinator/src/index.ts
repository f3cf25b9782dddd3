/**
 * Consumer groups, committed offsets and producer ids of a Kafka-protocol broker.
 *
 * @packageDocumentation
 */
export {};

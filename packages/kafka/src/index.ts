/**
 * The Kafka wire protocol without I/O: API schemas, codecs, record batches, compression, error codes.
 *
 * @packageDocumentation
 */
export {};

/**
 * What a broker takes from outside, as ports: clock, chance, disk, network, TLS, log lines; and the few things that every
 * package shares: assert, the base of all errors, branded numbers.
 *
 * The Node adapters are under `@streambus/runtime/node`, the in-memory ones under `@streambus/runtime/testing`.
 *
 * @packageDocumentation
 */
export { assert, assertNever, assertSafeCount, InvariantError } from './assert.ts';
export type { Brand } from './brand.ts';
export type { Clock, Timer } from './clock.ts';
export {
  type Disk,
  type DiskEntry,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  type DiskLock,
  type DiskOpenMode,
  diskErrorCodes,
  makeDurableDirectory,
  parentDirectory,
  readWholeFile,
  replaceFile,
} from './disk.ts';
export { type Outcome, StreamBusError, type StreamBusErrorOptions, toError } from './errors.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export {
  type Connection,
  type ConnectionHandlers,
  type ConnectOptions,
  formatAddress,
  type Listener,
  type Network,
  NetworkError,
  type NetworkErrorCode,
  networkErrorCodes,
  type SocketAddress,
} from './network.ts';
export { type Random, randomUuid } from './random.ts';
export type { Startable } from './startable.ts';
export {
  type SecuredConnection,
  type Tls,
  type TlsCertificate,
  type TlsCredentials,
  TlsError,
  type TlsErrorCode,
  type TlsPeer,
  type TlsRole,
  type TlsSecureOptions,
  tlsErrorCodes,
} from './tls.ts';
export { type Deferred, defer, delay } from './waiting.ts';

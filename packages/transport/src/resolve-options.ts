import type { SocketAddress } from '@streambus/runtime';
import type { AnyChannel } from './channel.ts';
import { TransportError } from './errors.ts';
import { defaultCertificateName } from './handshake/verify-certificate.ts';
import type { NodeId, Peer, TransportOptions } from './options.ts';

/** {@link TransportOptions} with every default filled in, checked. */
export interface ResolvedOptions {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** Undefined: taken from the wall clock at the start. */
  readonly incarnation: number | undefined;
  readonly listen: SocketAddress | undefined;
  readonly peers: readonly Peer[];
  readonly channels: readonly AnyChannel[];
  readonly secure: boolean;
  readonly certificateName: (id: NodeId) => string;
  readonly plaintext: 'loopback-only' | 'anywhere-without-encryption';
  readonly features: number;
  readonly maxMessageBytes: number;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly idleTimeoutMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffResetAfterMs: number;
  readonly breakerOpensAfterMs: number;
  readonly maxHandshakes: number;
  readonly maxHandshakesPerAddress: number;
}

const maxClusterIdBytes = 255;
const maxChannels = 64;
const maxTimeMs = 2 ** 31 - 1;

/** The options that are integers: default, least and most. */
const numbers = {
  features: [0, 0, 2 ** 32 - 1],
  maxMessageBytes: [10 * 1024 * 1024, 1, 1024 * 1024 * 1024],
  connectTimeoutMs: [5000, 1, maxTimeMs],
  handshakeTimeoutMs: [5000, 1, maxTimeMs],
  pingIntervalMs: [1000, 1, maxTimeMs],
  idleTimeoutMs: [5000, 3, maxTimeMs],
  minBackoffMs: [100, 1, maxTimeMs],
  maxBackoffMs: [30_000, 1, maxTimeMs],
  backoffResetAfterMs: [1000, 0, maxTimeMs],
  breakerOpensAfterMs: [3000, 0, maxTimeMs],
  maxHandshakes: [256, 1, 65_536],
  maxHandshakesPerAddress: [64, 1, 65_536],
} as const satisfies { readonly [Name in keyof TransportOptions]?: readonly [number, number, number] };

/**
 * Fills defaults in and checks everything.
 *
 * @throws TransportError `TRANSPORT_INVALID_OPTION`, `TRANSPORT_PLAINTEXT_REFUSED`
 */
export function resolveOptions(options: TransportOptions): ResolvedOptions {
  const resolved = {
    clusterId: options.clusterId,
    nodeId: options.nodeId,
    incarnation: options.incarnation,
    listen: options.listen,
    peers: options.peers ?? [],
    channels: options.channels,
    secure: options.tls !== undefined,
    certificateName: options.tls?.certificateName ?? defaultCertificateName,
    plaintext: options.plaintext ?? ('loopback-only' as const),
    ...resolveNumbers(options),
  };
  checkIdentity(resolved);
  checkChannels(resolved.channels);
  checkTimes(resolved);
  if (resolved.listen !== undefined) checkPlaintext(resolved, resolved.listen, 'listen');
  return { ...resolved, peers: resolvePeers(resolved.peers, resolved) };
}

/**
 * Checks a list of peers, and leaves this node itself out.
 *
 * @throws TransportError `TRANSPORT_INVALID_OPTION`, `TRANSPORT_PLAINTEXT_REFUSED`
 */
export function resolvePeers(
  peers: readonly Peer[],
  options: Pick<ResolvedOptions, 'nodeId' | 'secure' | 'plaintext'>,
): readonly Peer[] {
  const ids = new Set<NodeId>();
  for (const { id, address } of peers) {
    checkNodeId(id, 'the id of a peer');
    if (ids.has(id)) invalid(`peer ${id} is listed twice`);
    ids.add(id);
    const { host, port } = address;
    if (host === '') invalid(`the address of peer ${id} has no host`);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      invalid(`the port of peer ${id} is ${port}; 1 to 65535 are allowed`);
    if (id !== options.nodeId) checkPlaintext(options, address, `peer ${id}`);
  }
  return peers.filter(({ id }) => id !== options.nodeId);
}

/** Whether an address stays on this machine. A name other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^::ffff:/, '');
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

function resolveNumbers(options: TransportOptions): Record<keyof typeof numbers, number> {
  const entries = Object.entries(numbers).map(([name, [fallback, least, most]]) => {
    const value = options[name as keyof typeof numbers] ?? fallback;
    if (!Number.isInteger(value) || value < least || value > most) {
      invalid(`${name} is ${value}; an integer from ${least} to ${most} is allowed`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Record<keyof typeof numbers, number>;
}

function checkIdentity({
  clusterId,
  nodeId,
  incarnation,
}: Pick<ResolvedOptions, 'clusterId' | 'nodeId' | 'incarnation'>): void {
  if (!clusterId.isWellFormed()) invalid('clusterId is no text: it has half of a surrogate pair');
  const clusterIdBytes = new TextEncoder().encode(clusterId).length;
  if (clusterIdBytes < 1 || clusterIdBytes > maxClusterIdBytes) {
    invalid(`clusterId has ${clusterIdBytes} bytes; 1 to ${maxClusterIdBytes} are allowed`);
  }
  checkNodeId(nodeId, 'nodeId');
  if (incarnation !== undefined) checkNodeId(incarnation, 'incarnation');
}

function checkChannels(channels: readonly AnyChannel[]): void {
  if (channels.length < 1 || channels.length > maxChannels) {
    invalid(`there are ${channels.length} channels; 1 to ${maxChannels} are allowed`);
  }
  const names = channels.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) invalid(`channel '${twice}' is given twice`);
}

function checkTimes(options: Record<keyof typeof numbers, number>): void {
  const { pingIntervalMs, idleTimeoutMs, minBackoffMs, maxBackoffMs } = options;
  if (pingIntervalMs * 3 > idleTimeoutMs) {
    invalid(`pingIntervalMs is ${pingIntervalMs}; at most a third of idleTimeoutMs (${idleTimeoutMs}) is allowed`);
  }
  if (minBackoffMs > maxBackoffMs) {
    invalid(`minBackoffMs is ${minBackoffMs}; at most maxBackoffMs (${maxBackoffMs}) is allowed`);
  }
}

function checkPlaintext(
  { secure, plaintext }: Pick<ResolvedOptions, 'secure' | 'plaintext'>,
  address: SocketAddress,
  what: string,
): void {
  if (secure || plaintext === 'anywhere-without-encryption' || isLoopback(address.host)) return;
  throw new TransportError(
    'TRANSPORT_PLAINTEXT_REFUSED',
    `${what} is at ${address.host}:${address.port}, which is not loopback: give 'tls', or plaintext: 'anywhere-without-encryption'`,
  );
}

function checkNodeId(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) invalid(`${what} is ${value}; an integer from 0 to 2^53-1 is allowed`);
}

function invalid(message: string): never {
  throw new TransportError('TRANSPORT_INVALID_OPTION', message);
}

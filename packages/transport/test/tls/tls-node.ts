import type { LogFields, Tls, TlsCertificate, TlsCredentials } from '@streambus/runtime';
import { createNodeNetwork, createNodeTls, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createRecordingLogger, type RecordingLogger } from '@streambus/runtime/testing';
import {
  bytesCodec,
  type Channel,
  createTransport,
  defineChannel,
  jsonCodec,
  type Peer,
  type PeerMetrics,
  type Transport,
  type TransportOptions,
  type TransportTlsOptions,
} from '@streambus/transport';
import { type CertificateAuthority, createCertificateAuthority } from '@streambus-testing/certificates';

export const host = '127.0.0.1';

/** Where nobody listens: the address of a peer that is to dial and not to be dialled. */
export const nowhere = { host, port: 1 } as const;

/** Whom every node trusts, unless a test says otherwise. */
export const authority: CertificateAuthority = createCertificateAuthority({ name: 'Test authority' });

export const notes: Channel<{ text: string }> = defineChannel({ name: 'notes', codec: jsonCodec<{ text: string }>() });
export const beats: Channel<{ beat: number }> = defineChannel({
  name: 'beats',
  codec: jsonCodec<{ beat: number }>(),
  priority: 'urgent',
});
export const blobs: Channel<Uint8Array> = defineChannel({
  name: 'blobs',
  codec: bytesCodec,
  priority: 'bulk',
  maxQueuedBytes: 64 * 1024 * 1024,
});

/** How to make a node; what is not said is as most tests want it. */
export interface TlsNodeOptions extends Omit<Partial<TransportOptions>, 'tls'> {
  readonly nodeId: number;
  /** Default: a good certificate. */
  readonly tls?: TransportTlsOptions | 'none';
  readonly tlsPort?: Tls;
  /** Called when it has been made. */
  readonly beforeStart?: (transport: Transport) => void;
}

/** A transport on real sockets, and all that came of it. */
export interface TlsNode extends AsyncDisposable {
  readonly id: number;
  readonly transport: Transport;
  readonly logger: RecordingLogger;
  readonly port: number;
  /** For the lists of others. */
  readonly asPeer: Peer;
  /** What came on `notes`, as `from: text`. */
  readonly received: readonly string[];
  /** Such as `up 2` and `down 2 reset`. */
  readonly events: readonly string[];
  metricsOf(id: number): PeerMetrics;
}

/** Starts a node; it knows nobody yet. */
export async function startTlsNode({ tls, tlsPort, beforeStart, ...options }: TlsNodeOptions): Promise<TlsNode> {
  const { nodeId } = options;
  const logger = createRecordingLogger();
  const transport = createTransport(
    {
      clusterId: 'test',
      listen: { host, port: 0 },
      channels: [notes, beats, blobs],
      ...(tls === 'none' ? {} : { tls: tls ?? { credentials: authority.issue({ names: [`node-${nodeId}`] }) } }),
      minBackoffMs: 10,
      maxBackoffMs: 50,
      ...options,
    },
    {
      clock: nodeClock,
      random: nodeRandom,
      network: createNodeNetwork(),
      tls: tlsPort ?? createNodeTls(),
      logger,
    },
  );
  const received: string[] = [];
  const events: string[] = [];
  transport.receive(notes, (from, { text }) => received.push(`${from}: ${text}`));
  transport.subscribe({
    onPeerUp: ({ id }) => events.push(`up ${id}`),
    onPeerDown: (id, reason) => events.push(`down ${id} ${reason}`),
  });
  beforeStart?.(transport);
  await transport.start();
  const port = transport.address?.port ?? 0;
  return {
    id: nodeId,
    transport,
    logger,
    port,
    asPeer: { id: nodeId, address: { host, port } },
    received,
    events,
    metricsOf(id) {
      const found = transport.metrics().peers.find((peer) => peer.id === id);
      if (found === undefined) throw new Error(`node ${nodeId} has no peer ${id}`);
      return found;
    },
    [Symbol.asyncDispose]: () => transport.stop(),
  };
}

/** What is not so by then will not be: far beyond what any wait takes, also on a busy machine. */
const deadlineMs = 10_000;

/** Waits for something that nobody tells. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const endMs = performance.now() + deadlineMs; !condition(); ) {
    if (performance.now() > endMs) throw new Error(`after ${deadlineMs} ms it is not so that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Waits for a line of a node's log; all the fields given have to be as they are there. */
export async function logged(node: TlsNode, message: string, fields: LogFields = {}): Promise<void> {
  const isIt = (line: (typeof node.logger.lines)[number]): boolean =>
    line.message === message && Object.entries(fields).every(([name, value]) => matches(line.fields[name], value));
  try {
    await until('it is logged', () => node.logger.lines.some(isIt));
  } catch {
    const lines = node.logger.lines.map((line) => JSON.stringify(line)).join('\n');
    throw new Error(`node ${node.id} has not logged '${message}' ${JSON.stringify(fields)}; it has:\n${lines}`);
  }
}

/** Waits until each of some nodes is connected with each other. */
export function connected(...nodes: readonly TlsNode[]): Promise<void> {
  return until(`the nodes ${nodes.map(({ id }) => id).join(', ')} are connected`, () =>
    nodes.every(({ transport }) => transport.connectedPeers().length === nodes.length - 1),
  );
}

/** TLS of a process that takes any certificate of its own for good: it did not look, or its clock was wrong when it did. */
export function carelessTls(names: readonly string[]): Tls {
  const tls = createNodeTls();
  return {
    secure: (connection, options) => tls.secure(connection, options),
    checkCredentials: (credentials) => ({
      ...tls.checkCredentials(credentials),
      names,
      roles: ['client', 'server'],
      validFromMs: 0,
      validUntilMs: Number.MAX_SAFE_INTEGER,
    }),
  };
}

/** TLS that keeps the certificates of those it met, as fingerprints, the last one last. */
export function watchingTls(): Tls & { readonly met: readonly string[] } {
  const tls = createNodeTls();
  const met: string[] = [];
  return {
    met,
    async secure(connection, options) {
      const secured = await tls.secure(connection, options);
      met.push(secured.peer.verified ? secured.peer.fingerprint : secured.peer.problem);
      return secured;
    },
    checkCredentials: (credentials) => tls.checkCredentials(credentials),
  };
}

/** What a certificate says of itself. */
export function describe(credentials: TlsCredentials): TlsCertificate {
  return createNodeTls().checkCredentials(credentials);
}

function matches(actual: unknown, expected: unknown): boolean {
  return expected instanceof RegExp ? expected.test(String(actual)) : actual === expected;
}

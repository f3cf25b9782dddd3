import {
  assert,
  type Clock,
  type Connection,
  type ConnectionHandlers,
  type ConnectOptions,
  type Listener,
  type Network,
  NetworkError,
  type SecuredConnection,
  type SocketAddress,
  type Tls,
  type TlsSecureOptions,
} from '@streambus/runtime';
import type { NodeId } from '@streambus/transport';

/** A network of which each node gets its own view, and what can be done to it between nodes. */
export class FaultyNetwork {
  readonly clock: Clock;
  readonly base: Network;
  readonly #processes = new Set<NodeProcess>();
  readonly #cuts = new Set<string>();
  readonly #healed = new Set<() => void>();

  constructor(base: Network, clock: Clock) {
    this.base = base;
    this.clock = clock;
  }

  /** The view of a process that runs this node. */
  viewOf(id: NodeId): Network {
    const process = new NodeProcess(this, id);
    this.#processes.add(process);
    return process;
  }

  /** TLS over connections of the views. What comes between nodes comes between them above it; a handshake that has begun goes on. */
  secureBy(tls: Tls): Tls {
    return {
      secure(connection, options) {
        assert(connection instanceof FaultyConnection, 'only connections of a view are secured');
        return connection.secure(tls, options);
      },
      checkCredentials: (credentials) => tls.checkCredentials(credentials),
    };
  }

  disconnect(one: NodeId, other: NodeId): void {
    for (const connection of this.#between(one, other)) connection.base.destroy();
  }

  kill(id: NodeId): void {
    for (const process of this.#processes) if (process.id === id) process.kill();
  }

  cut(one: NodeId, other: NodeId): void {
    this.#cuts.add(pairOf(one, other));
    for (const connection of this.#between(one, other)) connection.hold();
  }

  heal(one: NodeId, other: NodeId): void {
    this.#cuts.delete(pairOf(one, other));
    for (const connection of this.#between(one, other)) connection.release();
    for (const wake of [...this.#healed]) wake();
  }

  isCut(one: NodeId, other: NodeId | undefined): boolean {
    return other !== undefined && this.#cuts.has(pairOf(one, other));
  }

  /** Which node has a connection's other end. */
  ownerOf(port: number): NodeId | undefined {
    return [...this.#processes].find(({ ports }) => ports.has(port))?.id;
  }

  /** Resolves at the next {@link heal}, after `timeoutMs`, or when the signal says so. */
  untilHealed(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#healed.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.clock.setTimer(timeoutMs, wake);
      this.#healed.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  #between(one: NodeId, other: NodeId): FaultyConnection[] {
    return [...this.#processes].flatMap(({ id, connections }) => {
      const far = id === one ? other : one;
      if (id !== one && id !== other) return [];
      return [...connections].filter(({ remoteAddress }) => this.ownerOf(remoteAddress.port) === far);
    });
  }
}

/** The network as one process has it. */
class NodeProcess implements Network {
  readonly id: NodeId;
  readonly connections = new Set<FaultyConnection>();
  /** At which its connections begin or end. */
  readonly ports = new Set<number>();
  readonly #world: FaultyNetwork;
  readonly #listeners = new Set<Listener>();
  #isDead = false;

  constructor(world: FaultyNetwork, id: NodeId) {
    this.#world = world;
    this.id = id;
  }

  async listen(address: SocketAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
    const listener = await this.#world.base.listen(address, (connection) => onConnection(this.#wrap(connection)));
    this.#listeners.add(listener);
    this.ports.add(listener.address.port);
    return listener;
  }

  async connect(address: SocketAddress, options: ConnectOptions): Promise<Connection> {
    const { clock } = this.#world;
    const endMs = clock.monotonicMs() + options.timeoutMs;
    for (;;) {
      if (this.#isDead) throw new NetworkError('NETWORK_CLOSED', 'this process is dead');
      if (!this.#world.isCut(this.id, this.#world.ownerOf(address.port))) break;
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) throw new NetworkError('NETWORK_TIMEOUT', 'the cable is out');
      await this.#world.untilHealed(leftMs, options.signal);
      if (options.signal?.aborted) throw new NetworkError('NETWORK_CLOSED', 'given up');
    }
    const connection = this.#wrap(await this.#world.base.connect(address, options));
    this.ports.add(connection.localAddress.port);
    return connection;
  }

  kill(): void {
    this.#isDead = true;
    for (const listener of this.#listeners) void listener.close();
    for (const connection of this.connections) connection.kill();
  }

  #wrap(base: Connection): FaultyConnection {
    const connection = new FaultyConnection(base, this.#world.clock, () => this.connections.delete(connection));
    this.connections.add(connection);
    return connection;
  }
}

/** A connection whose owner can be kept from hearing anything, until it ends the connection itself. */
class FaultyConnection implements Connection {
  /** The secured one as soon as there is one. */
  #base: Connection;
  /** Given away, so that it can only be destroyed. */
  #isSecuring = false;
  readonly #clock: Clock;
  readonly #forget: () => void;
  #handlers: ConnectionHandlers | undefined;
  /** What the owner would have heard; undefined while it hears. */
  #held: (() => void)[] | undefined;
  #pausedByOwner = false;
  #endedByOwner = false;
  #isDead = false;
  #isClosed = false;
  #closeTold = false;

  constructor(base: Connection, clock: Clock, forget: () => void) {
    this.#base = base;
    this.#clock = clock;
    this.#forget = forget;
  }

  get base(): Connection {
    return this.#base;
  }

  get localAddress(): SocketAddress {
    return this.#base.localAddress;
  }

  get remoteAddress(): SocketAddress {
    return this.#base.remoteAddress;
  }

  get queuedBytes(): number {
    return this.#base.queuedBytes;
  }

  async secure(tls: Tls, options: TlsSecureOptions): Promise<SecuredConnection> {
    this.#isSecuring = true;
    const secured = await tls.secure(this.#base, options);
    this.#isSecuring = false;
    this.#base = secured.connection;
    if (this.#held !== undefined) this.#base.pause();
    return { ...secured, connection: this };
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#base.start({
      onData: (chunk) => this.#tell(() => handlers.onData(chunk)),
      onDrain: () => this.#tell(() => handlers.onDrain?.()),
      onEnd: () => this.#tell(() => handlers.onEnd?.()),
      onClose: (error) => {
        this.#isClosed = true;
        if (this.#endedByOwner) this.#tellClose(error);
        else this.#tell(() => this.#tellClose(error));
      },
    });
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return !this.#isDead && this.#base.write(chunks);
  }

  pause(): void {
    this.#pausedByOwner = true;
    this.#base.pause();
  }

  resume(): void {
    this.#pausedByOwner = false;
    if (this.#held === undefined) this.#base.resume();
  }

  end(): void {
    this.#endedByOwner = true;
    if (this.#isClosed) this.#clock.nextTurn(() => this.#tellClose());
    else this.#base.end();
  }

  destroy(): void {
    this.#endedByOwner = true;
    if (this.#isClosed) this.#clock.nextTurn(() => this.#tellClose());
    else this.#base.destroy();
  }

  /** The process has ended: the system ends its connections, and nobody is there to hear of it. */
  kill(): void {
    this.#isDead = true;
    this.#base.destroy();
  }

  hold(): void {
    this.#held ??= [];
    if (!this.#isSecuring) this.#base.pause();
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (!this.#pausedByOwner && !this.#isSecuring) this.#base.resume();
    for (const tell of held) tell();
  }

  #tell(tell: () => void): void {
    if (this.#isDead) return;
    if (this.#held === undefined) tell();
    else this.#held.push(tell);
  }

  #tellClose(error?: NetworkError): void {
    if (this.#closeTold) return;
    this.#closeTold = true;
    this.#forget();
    this.#handlers?.onClose(error);
  }
}

function pairOf(one: NodeId, other: NodeId): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

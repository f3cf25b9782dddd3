import type { Connection, Listener, Network, SocketAddress } from '@streambus/runtime';

const connectTimeoutMs = 5_000;

/** The way from one broker to another, and back on the same connections. */
interface LinkOptions {
  readonly from: number;
  readonly to: number;
  /** Where `to` listens itself. */
  readonly target: SocketAddress;
  readonly isCut: (from: number, to: number) => boolean;
  readonly network: Network;
}

/**
 * What one broker takes for the address of another: a port that leads there. It can be cut without a word, as a network is, and nobody listens at it
 * while the other's process is down, as on its own machine.
 */
class PeerLink {
  readonly #options: LinkOptions;
  readonly #pairs = new Set<Pair>();
  #address: SocketAddress = { host: '127.0.0.1', port: 0 };
  #listener: Listener | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get address(): SocketAddress {
    return this.#address;
  }

  get to(): number {
    return this.#options.to;
  }

  async open(): Promise<void> {
    if (this.#listener !== undefined) return;
    const { network } = this.#options;
    this.#listener = await network.listen(this.#address, (connection) => {
      const pair = new Pair(connection, this.#options, () => this.#pairs.delete(pair));
      this.#pairs.add(pair);
      pair.look();
    });
    this.#address = this.#listener.address;
  }

  async close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const pair of this.#pairs) pair.end();
    await listener?.close();
  }

  /** Something was cut, or heals. */
  look(): void {
    for (const pair of this.#pairs) pair.look();
  }
}

/** A connection that was made to a link, and the one that leads on. */
class Pair {
  readonly #near: Connection;
  readonly #options: LinkOptions;
  readonly #onEnded: () => void;
  #far: Connection | undefined;
  #dialling = false;
  #ended = false;

  constructor(near: Connection, options: LinkOptions, onEnded: () => void) {
    this.#near = near;
    this.#options = options;
    this.#onEnded = onEnded;
  }

  /** Leads on what may pass now, and holds the rest where it is. */
  look(): void {
    if (this.#ended) return;
    const { from, to, isCut } = this.#options;
    if (this.#far === undefined) {
      // Packets of a connection's making pass both ways.
      if (!this.#dialling && !isCut(from, to) && !isCut(to, from)) void this.#dial();
      return;
    }
    hold(this.#near, isCut(from, to));
    hold(this.#far, isCut(to, from));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#near.destroy();
    this.#far?.destroy();
    this.#onEnded();
  }

  async #dial(): Promise<void> {
    this.#dialling = true;
    const { network, target } = this.#options;
    try {
      const far = await network.connect(target, { timeoutMs: connectTimeoutMs });
      this.#far = far;
      if (this.#ended) far.destroy();
    } catch {
      // Whoever dialled learns it as from the machine itself: the connection ends.
      this.end();
    }
    if (this.#ended || this.#far === undefined) return;
    this.#lead(this.#near, this.#far);
    this.#lead(this.#far, this.#near);
    this.look();
  }

  #lead(source: Connection, sink: Connection): void {
    source.start({
      onData: (chunk) => {
        if (!sink.write([chunk])) source.pause();
      },
      onDrain: () => this.look(),
      onEnd: () => sink.end(),
      onClose: () => this.end(),
    });
  }
}

function hold(connection: Connection, held: boolean): void {
  if (held) connection.pause();
  else connection.resume();
}

/** All ways between the brokers of a cluster on this machine. */
export class PeerLinks {
  readonly #links = new Map<string, PeerLink>();
  readonly #cut = new Set<string>();

  constructor(targets: ReadonlyMap<number, SocketAddress>, network: Network) {
    for (const from of targets.keys()) {
      for (const [to, target] of targets) {
        if (from === to) continue;
        const isCut = (a: number, b: number): boolean => this.#cut.has(way(a, b));
        this.#links.set(way(from, to), new PeerLink({ from, to, target, isCut, network }));
      }
    }
  }

  /** Where `from` finds `to`. Known when that is {@link open}. */
  address(from: number, to: number): SocketAddress | undefined {
    return this.#links.get(way(from, to))?.address;
  }

  /** The ways to a broker whose process runs. */
  async open(to: number): Promise<void> {
    await Promise.all(this.#linksTo(to).map((link) => link.open()));
  }

  /** The same when it runs no more. */
  async close(to: number): Promise<void> {
    await Promise.all(this.#linksTo(to).map((link) => link.close()));
  }

  /** Nothing passes from one to the other, which neither is told. */
  cut(from: number, to: number): void {
    this.#cut.add(way(from, to));
    this.#look();
  }

  /** Everything passes, also what was held. */
  heal(): void {
    this.#cut.clear();
    this.#look();
  }

  #linksTo(to: number): PeerLink[] {
    return [...this.#links.values()].filter((link) => link.to === to);
  }

  #look(): void {
    for (const link of this.#links.values()) link.look();
  }
}

function way(from: number, to: number): string {
  return `${from}>${to}`;
}

import { spawnSync } from 'node:child_process';
import { threadId } from 'node:worker_threads';

/** A node, and where it is to listen. */
export interface NamespacePeer {
  readonly id: number;
  readonly address: { readonly host: string; readonly port: number };
}

const port = 7100;
/** Nobody's: what is sent to it arrives, and is passed over. */
const nobody = '02:00:00:00:00:00';
let made = 0;

/** A network for each of some nodes, and a link between each two of them, which can be cut for each direction by itself. */
export class Namespaces implements Disposable {
  readonly peers: readonly NamespacePeer[];
  readonly #name: string;
  readonly #cuts = new Set<string>();

  /** @param count - nodes, with the ids from 1 on */
  constructor(count: number) {
    const number = made++;
    this.#name = `streambus-test-${process.pid}-${threadId}-${number}`;
    // 198.18.0.0/15 is set aside for tests of networks (RFC 2544). None of it is seen outside of these namespaces.
    this.peers = Array.from({ length: count }, (_, index) => {
      return { id: index + 1, address: { host: `198.18.${number % 256}.${index + 1}`, port } };
    });
    for (const { id } of this.peers) this.#create(id);
    for (const one of this.peers) for (const other of this.peers) if (one.id < other.id) this.#link(one, other);
  }

  /** The name of a node's network. */
  readonly nameOf = (id: number): string => `${this.#name}-${id}`;

  /** Nothing that one sends reaches the other any more; nobody is told. */
  cut(from: number, to: number): void {
    const address = this.#hostOf(to);
    ip('-n', this.nameOf(from), 'neigh', 'replace', address, 'lladdr', nobody, 'nud', 'permanent', 'dev', `to${to}`);
    this.#cuts.add(`${from} ${to}`);
  }

  /** Takes back a cut; nothing where there is none. */
  mend(from: number, to: number): void {
    if (!this.#cuts.delete(`${from} ${to}`)) return;
    ip('-n', this.nameOf(from), 'neigh', 'delete', this.#hostOf(to), 'dev', `to${to}`);
  }

  /** Mends whatever is cut. */
  heal(): void {
    for (const cut of [...this.#cuts]) {
      const [from = 0, to = 0] = cut.split(' ').map(Number);
      this.mend(from, to);
    }
  }

  [Symbol.dispose](): void {
    for (const { id } of this.peers) ip('netns', 'delete', this.nameOf(id));
  }

  #create(id: number): void {
    ip('netns', 'add', this.nameOf(id));
    ip('-n', this.nameOf(id), 'link', 'set', 'lo', 'up');
    ip('-n', this.nameOf(id), 'addr', 'add', `${this.#hostOf(id)}/32`, 'dev', 'lo');
  }

  #link(one: NamespacePeer, other: NamespacePeer): void {
    const ends = [one, other].map(({ id }) => this.nameOf(id)) as [string, string];
    const peer = ['peer', 'name', `to${one.id}`, 'netns', ends[1]];
    ip('link', 'add', `to${other.id}`, 'netns', ends[0], 'type', 'veth', ...peer);
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const device = ['dev', `to${to.id}`];
      ip('-n', this.nameOf(from.id), 'link', 'set', ...device, 'up');
      ip('-n', this.nameOf(from.id), 'route', 'add', to.address.host, ...device, 'src', from.address.host);
    }
  }

  #hostOf(id: number): string {
    const host = this.peers.find((peer) => peer.id === id)?.address.host;
    if (host === undefined) throw new Error(`there is no node ${id}`);
    return host;
  }
}

/** Why there can be no network namespaces here; undefined where there can be. */
export const noNamespaces: string | undefined = whyNot();

function ip(...parameters: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${parameters.join(' ')}: ${stderr}`);
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root to make network namespaces';
  try {
    new Namespaces(2)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `this machine makes no network namespaces (${error})`;
  }
}

import { spawnSync } from 'node:child_process';
import { threadId } from 'node:worker_threads';

const tool = 'ip';
let made = 0;

/** Why there can be no network namespaces here; undefined where there can be. */
export const noNamespaces: string | undefined = whyNot();

/** A network of its own for a process, joined to this machine's by one link. Closing it leaves nothing of its sockets. */
export class NetworkNamespace implements Disposable {
  readonly name: string;
  /** This machine's end of the link. */
  readonly hostAddress: string;
  /** The end in the namespace. */
  readonly innerAddress: string;
  readonly #link: string;

  constructor() {
    const unique = (process.pid * 4 + threadId) & 0xffff;
    const number = made++;
    this.#link = `sbt${unique.toString(36)}${number.toString(36)}`;
    this.name = `streambus-transport-test-${unique}-${number}`;
    // 198.18.0.0/15 is set aside for tests of networks (RFC 2544); four addresses make one link.
    const subnet = `198.${18 + ((unique >>> 10) & 1)}.${(unique >>> 2) & 0xff}`;
    const base = ((unique & 3) * 16 + (number & 15)) * 4;
    this.hostAddress = `${subnet}.${base + 1}`;
    this.innerAddress = `${subnet}.${base + 2}`;
    this.#create();
  }

  /** Takes the link down inside, so that neither end hears of the other any more, or up again. */
  setLink(state: 'up' | 'down'): void {
    ip('-n', this.name, 'link', 'set', 'inner', state);
  }

  /** Makes it anew, with the same addresses: what was in it is gone without a word, as with a machine that loses its power. */
  recreate(): void {
    this.#remove();
    this.#create();
  }

  [Symbol.dispose](): void {
    this.#remove();
  }

  #create(): void {
    ip('netns', 'add', this.name);
    ip('link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'inner', 'netns', this.name);
    ip('addr', 'add', `${this.hostAddress}/30`, 'dev', this.#link);
    ip('link', 'set', this.#link, 'up');
    ip('-n', this.name, 'addr', 'add', `${this.innerAddress}/30`, 'dev', 'inner');
    this.setLink('up');
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
  }

  #remove(): void {
    // The link first: the system takes its time with a namespace.
    ip('link', 'delete', this.#link);
    ip('netns', 'delete', this.name);
  }
}

function ip(...parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(tool, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${parameters.join(' ')}: ${stderr}`);
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root to make network namespaces';
  const name = `streambus-transport-test-${process.pid}-${threadId}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return `this machine makes no network namespaces (${error})`;
  }
}

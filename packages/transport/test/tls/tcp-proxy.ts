import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { host } from './tls-node.ts';

/** Somebody on the way between two nodes, who sees and does with the bytes what he likes. */
export class TcpProxy implements AsyncDisposable {
  /** Where the connections lead. */
  target: number;
  /** All that went by, both ways. */
  readonly seen: Buffer[] = [];
  /** Connections that there have been. */
  connections = 0;
  /** What becomes of what the dialler sends. */
  tamper: (bytes: Buffer) => Buffer = (bytes) => bytes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((dialler) => this.#accept(dialler));
  }

  /** @param target - the port to which connections lead */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host, port: (this.#server.address() as AddressInfo).port };
  }

  /** Whether these bytes went by, in one piece or cut. */
  saw(text: string): boolean {
    return Buffer.concat(this.seen).includes(text);
  }

  /** Ends the connections that there are; new ones are let through. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(dialler: Socket): void {
    this.connections++;
    const acceptor = connect({ host, port: this.target });
    this.#pass(dialler, acceptor, (bytes) => this.tamper(bytes));
    this.#pass(acceptor, dialler, (bytes) => bytes);
  }

  #pass(from: Socket, to: Socket, change: (bytes: Buffer) => Buffer): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      this.seen.push(bytes);
      to.write(change(bytes));
    });
    from.on('end', () => to.end());
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}

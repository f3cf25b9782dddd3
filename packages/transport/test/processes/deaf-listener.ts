import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import type { SocketAddress } from '@streambus/runtime';

/** A listener whose system answers nobody who dials: its process is frozen, and its queue is full. */
export class DeafListener implements AsyncDisposable {
  readonly address: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #fillers: readonly net.Socket[];

  private constructor(address: SocketAddress, child: ReturnType<typeof spawn>, fillers: readonly net.Socket[]) {
    this.address = `${address.host}:${address.port}`;
    this.#child = child;
    this.#fillers = fillers;
  }

  static async start(address: SocketAddress): Promise<DeafListener> {
    const listen = { ...address, backlog: 1 };
    const script = `require('node:net').createServer().listen(${JSON.stringify(listen)}, () => console.log('listens'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    // Linux takes one more than the backlog.
    const fillers = Array.from({ length: listen.backlog + 1 }, () => net.connect(address).on('error', () => {}));
    await Promise.all(fillers.map((filler) => once(filler, 'connect')));
    return new DeafListener(address, child, fillers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

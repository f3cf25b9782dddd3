import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Api, type Remote, startRemote } from '@streambus-testing/harness';

/** Spares every process but the first to compile the same files. */
const environment = { NODE_COMPILE_CACHE: join(tmpdir(), 'streambus-chaos-compile-cache') };

/** One process of a node, from its start to its end. */
export class NodeLife<Functions extends Api<Functions>> {
  readonly remote: Remote<Functions>;
  /** Resolves when the node has started; rejects when its process ends before. */
  readonly started: Promise<unknown>;
  #killed = false;
  #paused = 0;

  constructor(program: URL, name: string, start: (remote: Remote<Functions>) => Promise<unknown>, namespace?: string) {
    this.remote = startRemote<Functions>(program, name, { environment, ...(namespace !== undefined && { namespace }) });
    this.started = start(this.remote);
    // Whoever killed it need not hear that it has not started.
    this.started.catch(() => {});
  }

  /** Whether somebody wanted its end. */
  get killed(): boolean {
    return this.#killed;
  }

  kill(): void {
    this.#killed = true;
    this.remote.signal('SIGKILL');
  }

  pause(): void {
    this.#paused++;
    this.remote.signal('SIGSTOP');
  }

  /** Takes back one pause, and goes on when that was the last. */
  resume(): void {
    if (this.#paused === 0) return;
    this.#paused--;
    if (this.#paused === 0) this.remote.signal('SIGCONT');
  }
}

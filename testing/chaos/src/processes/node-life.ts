import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Api, type Remote, startRemote } from '@streambus-testing/harness';

/** Spares every process but the first to compile the same files. */
const environment = { NODE_COMPILE_CACHE: join(tmpdir(), 'streambus-chaos-compile-cache') };

/** One process of a node, from its start to its end. It loads its program at once, and has a node when that is started. */
export class NodeLife<Functions extends Api<Functions>> {
  readonly remote: Remote<Functions>;
  #started: Promise<unknown> = Promise.resolve();
  #hasStarted = false;
  #killed = false;
  #paused = 0;

  constructor(program: URL, name: string, namespace: string | undefined) {
    this.remote = startRemote<Functions>(program, name, { environment, ...(namespace !== undefined && { namespace }) });
  }

  /** Resolves when the node has started; rejects when its process ends before. */
  get started(): Promise<unknown> {
    return this.#started;
  }

  /** Whether it has started, runs, and nobody has stopped it. */
  get isWhole(): boolean {
    return this.#hasStarted && !this.#killed && this.#paused === 0;
  }

  /** Whether somebody wanted its end. */
  get killed(): boolean {
    return this.#killed;
  }

  /** @param start - starts the node of this process */
  start(start: (remote: Remote<Functions>) => Promise<unknown>): void {
    this.#started = start(this.remote).then(() => {
      this.#hasStarted = true;
    });
    // Whoever killed it need not hear that it has not started.
    this.#started.catch(() => {});
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

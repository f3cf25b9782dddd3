import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = new URL('../src/main.ts', import.meta.url).pathname;
/** Spares every process but the first to compile the same files. */
const compileCache = join(tmpdir(), 'streambus-replicated-kv-test-compile-cache');
const keptOutputCharacters = 10_000;

/** How the program is told who it is. */
export interface KvEnvironment {
  readonly KV_ID: string;
  readonly KV_MEMBERS: string;
  readonly KV_HTTP: string;
  readonly KV_DATA: string;
}

/** An answer over HTTP. */
export interface KvAnswer {
  readonly status: number;
  readonly version: number;
  readonly body: string;
}

/** A process of the example. */
export class KvProcess {
  readonly id: number;
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  private constructor(environment: KvEnvironment) {
    this.id = Number(environment.KV_ID);
    this.#url = `http://${environment.KV_HTTP}`;
    this.#child = spawn(process.execPath, ['--conditions=@streambus/source', program], {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-keptOutputCharacters);
      });
    }
  }

  /** Resolves when it can be asked. */
  static async start(environment: KvEnvironment): Promise<KvProcess> {
    const started = new KvProcess(environment);
    while (!started.#output.includes('Server listening')) {
      const ended = await Promise.race([started.#exited, once(started.#child.stdout as NodeJS.ReadableStream, 'data')]);
      if (!started.lives) throw new Error(`node ${started.id} has ended (${ended}): ${started.#output}`);
    }
    return started;
  }

  /** Not from the moment on at which it is told to end, though its exit is heard of later. */
  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && !this.#child.killed;
  }

  /** @param ifMatch - the version to be written over */
  put(key: string, value: string, ifMatch?: number): Promise<KvAnswer> {
    const headers = ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` };
    return this.#fetch(`/keys/${key}`, { method: 'PUT', body: value, headers });
  }

  get(path: string): Promise<KvAnswer> {
    return this.#fetch(path, {});
  }

  /** Who leads, as far as it knows. */
  async leader(): Promise<number> {
    const { body } = await this.get('/status');
    return (JSON.parse(body) as { readonly leader: number }).leader;
  }

  /** @returns its exit code; null when it was killed */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.lives) this.#child.kill(signal);
    await this.#exited;
    return this.#child.exitCode;
  }

  async #fetch(path: string, options: RequestInit): Promise<KvAnswer> {
    const response = await fetch(`${this.#url}${path}`, options);
    const version = Number(response.headers.get('etag')?.replaceAll('"', ''));
    return { status: response.status, version, body: await response.text() };
  }
}

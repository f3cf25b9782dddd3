import { connect, type Socket } from 'node:net';
import type { SessionStamp } from '@streambus/raft-node';
import type { Output, Write } from './operation.ts';
import { onMessages, type Refusal, type Request, type Response, sendMessage } from './wire.ts';

/** What came of an attempt: an answer, or how it failed. */
export type Attempt<Answer> = { readonly answer: Answer } | { readonly refusal: Refusal };

type Asked =
  | { readonly type: 'open' }
  | { readonly type: 'read'; readonly key: string }
  | { readonly type: 'write'; readonly write: Write; readonly session: SessionStamp | undefined };

/** A client's way to one node, connected anew when it has to be. Never fails: what has no answer in time ends as unknown. */
export class Connection {
  readonly #path: string;
  readonly #open = new Map<number, (attempt: Attempt<Output | number>) => void>();
  #socket: Promise<Socket | undefined> | undefined;
  #requests = 0;

  constructor(path: string) {
    this.#path = path;
  }

  openSession(timeoutMs: number): Promise<Attempt<number>> {
    return this.#ask({ type: 'open' }, timeoutMs) as Promise<Attempt<number>>;
  }

  read(key: string, timeoutMs: number): Promise<Attempt<Output>> {
    return this.#ask({ type: 'read', key }, timeoutMs) as Promise<Attempt<Output>>;
  }

  write(write: Write, session: SessionStamp | undefined, timeoutMs: number): Promise<Attempt<Output>> {
    return this.#ask({ type: 'write', write, session }, timeoutMs) as Promise<Attempt<Output>>;
  }

  async close(): Promise<void> {
    (await this.#socket)?.destroy();
  }

  async #ask(asked: Asked, timeoutMs: number): Promise<Attempt<Output | number>> {
    this.#socket ??= this.#connect();
    const socket = await this.#socket;
    // Nothing was sent.
    if (socket === undefined) return { refusal: { outcome: 'rejected', code: 'NO_CONNECTION' } };
    const id = ++this.#requests;
    return new Promise((resolve) => {
      const settle = (attempt: Attempt<Output | number>): void => {
        clearTimeout(timer);
        this.#open.delete(id);
        resolve(attempt);
      };
      const timer = setTimeout(() => settle({ refusal: { outcome: 'unknown', code: 'TIMEOUT' } }), timeoutMs);
      this.#open.set(id, settle);
      sendMessage(socket, { id, ...asked } satisfies Request);
    });
  }

  #connect(): Promise<Socket | undefined> {
    const socket = connect(this.#path);
    onMessages<Response>(socket, (response) => this.#open.get(response.id)?.(response));
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket));
      socket.on('error', () => {});
      socket.once('close', () => {
        resolve(undefined);
        this.#socket = undefined;
        for (const settle of [...this.#open.values()]) settle({ refusal: { outcome: 'unknown', code: 'CLOSED' } });
      });
    });
  }
}

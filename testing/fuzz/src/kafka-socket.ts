import { connect, type Socket } from 'node:net';
import {
  type Api,
  createFrameCutter,
  decodeResponse,
  decodeResponseHeader,
  type RequestInputOf,
  type ResponseOf,
} from '@streambus/kafka';
import { frame } from './large-requests.ts';

/** One connection that asks one thing at a time: what the fuzzer itself needs to know. */
export class KafkaSocket implements Disposable {
  readonly #socket: Socket;
  readonly #cutter = createFrameCutter();
  #waiting: { resolve(frame: Uint8Array): void; reject(error: Error): void } | undefined;
  #error: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      for (const bytes of this.#cutter.push(chunk)) this.#waiting?.resolve(bytes);
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => {
      this.#error ??= new Error('the broker ended a connection that did nothing wrong');
      this.#waiting?.reject(this.#error);
    });
  }

  static open(port: number): Promise<KafkaSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new KafkaSocket(socket));
      });
    });
  }

  async ask<A extends Api>(api: A, version: number, request: RequestInputOf<A>): Promise<ResponseOf<A>> {
    if (this.#error !== undefined) throw this.#error;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#waiting = { resolve, reject };
    this.#socket.write(frame(api, version, request));
    const answer = await promise;
    const { bodyStart } = decodeResponseHeader(api, version, answer);
    return decodeResponse(api, version, answer, bodyStart);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

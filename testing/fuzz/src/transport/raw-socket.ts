import { connect, type Socket } from 'node:net';
import { type RefusalReason, refusalReasons } from '@streambus/transport';
import { host } from './plan.ts';
import { kinds, magic } from './wire-bytes.ts';

/** What the victim has said so far. */
export type Answer = 'hello' | 'refusal';

/** A connection of the attack. It reads the victim's frames only as far as it has to answer them. */
export class RawSocket {
  readonly #socket: Socket;
  #input: Buffer = Buffer.of();
  #answer: Answer | undefined;
  #refusal: RefusalReason | undefined;
  #isEnded = false;
  #isClosed = false;
  #messageFrameBytes = 0;
  readonly #waiters = new Set<() => void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.once('end', () => {
      this.#isEnded = true;
      this.#wake();
    });
    socket.once('close', () => {
      this.#isEnded = true;
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** @param localAddress - one of 127.0.0.0/8, where the system has them all */
  static dial(port: number, localAddress: string | undefined): Promise<RawSocket> {
    const from = localAddress === undefined || process.platform !== 'linux' ? {} : { localAddress };
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, ...from });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawSocket(socket));
      });
    });
  }

  /** What the victim answered a hello. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** Why, where that is a refusal. */
  get refusal(): RefusalReason | undefined {
    return this.#refusal;
  }

  /** Whether the victim has ended the connection. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** What an honest peer would acknowledge. */
  get messageFrameBytes(): number {
    return this.#messageFrameBytes;
  }

  /** What the system has taken, which is all that the victim can have received. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(bytes);
  }

  /** Resolves when what was sent has left. */
  async sendAll(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends this side; the victim's stays open. */
  finish(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** @returns whether the victim has answered, with a hello or a refusal */
  untilAnswered(timeoutMs: number): Promise<boolean> {
    return this.until(() => this.#answer !== undefined || this.#isEnded, timeoutMs);
  }

  /** @returns whether the victim has ended the connection */
  untilEnded(timeoutMs: number): Promise<boolean> {
    return this.until(() => this.#isEnded, timeoutMs);
  }

  /** @returns whether it has come to be; looked at whenever something comes */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve(condition());
      };
      const look = (): void => {
        if (condition()) settle();
      };
      const timer = setTimeout(settle, timeoutMs);
      this.#waiters.add(look);
    });
  }

  #wake(): void {
    for (const look of [...this.#waiters]) look();
  }

  #read(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    while (this.#take()) {}
    this.#wake();
  }

  /** Takes one handshake message or frame from the front. @returns whether there was a whole one */
  #take(): boolean {
    const input = this.#input;
    if (input[0] === magic[0]) {
      if (input.length < 7 || input.length < 7 + input.readUInt16BE(5)) return false;
      this.#answer = input[4] === 1 ? 'hello' : 'refusal';
      if (this.#answer === 'refusal') this.#refusal = refusalReasons[input.readUInt8(7) - 1];
      this.#input = input.subarray(7 + input.readUInt16BE(5));
      return true;
    }
    if (input.length < 5) return false;
    const end = 5 + input.readUIntBE(2, 3);
    if (input.length < end) return false;
    const kind = input.readUInt8(0);
    if (kind <= kinds.nextChunk) this.#messageFrameBytes += end;
    this.#input = input.subarray(end);
    return true;
  }
}

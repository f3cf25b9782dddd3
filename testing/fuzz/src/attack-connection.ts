import { connect, type Socket } from 'node:net';

/** One connection of the attack. It counts the answers that come, and looks into none. */
export class AttackConnection {
  readonly #socket: Socket;
  #answers = 0;
  #headerBytes = 0;
  #length = 0;
  #skip = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#count(chunk);
      this.#wake?.();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake?.();
    });
  }

  /** @param localAddress - of the client, so that ports do not run out */
  static open(port: number, localAddress?: string): Promise<AttackConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true, ...(localAddress && { localAddress }) });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new AttackConnection(socket));
      });
    });
  }

  get answers(): number {
    return this.#answers;
  }

  /** Whether the other side has ended it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(bytes);
  }

  /** Resolves when so many answers have come in all, when the connection is over, or when the time is. */
  settle(answers: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#answers >= answers || this.#isClosed) done();
      };
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#wake = look;
      look();
    });
  }

  /** Ends it: in order, by a reset, or without a word for what was asked. */
  end(how: 'end' | 'reset' | 'destroy'): void {
    if (how === 'end') this.#socket.end(() => this.#socket.destroy());
    else if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #count(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, chunk.length - at);
        this.#skip -= taken;
        at += taken;
        continue;
      }
      this.#length = this.#length * 256 + (chunk[at++] ?? 0);
      if (++this.#headerBytes < 4) continue;
      this.#answers++;
      this.#skip = this.#length;
      this.#length = 0;
      this.#headerBytes = 0;
    }
  }
}

import type { Connection, NetworkError } from '@streambus/runtime';

/** Starts a connection and keeps what its owner hears. */
export class Ear {
  readonly connection: Connection;
  readonly heard: string[] = [];
  received: Uint8Array = new Uint8Array(0);
  closedWith: NetworkError | undefined;
  #wakers: (() => void)[] = [];

  constructor(connection: Connection, options: { readonly hearsEnd: boolean } = { hearsEnd: true }) {
    this.connection = connection;
    connection.start({
      onData: (chunk) => {
        this.received = Buffer.concat([this.received, chunk]);
        this.#note('data');
      },
      onDrain: () => this.#note('drain'),
      ...(options.hearsEnd ? { onEnd: () => this.#note('end') } : {}),
      onClose: (error) => {
        this.closedWith = error;
        this.#note('close');
      },
    });
  }

  /** What was received, as text. */
  get text(): string {
    return Buffer.from(this.received).toString();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wakers.push(resolve));
  }

  untilHeard(event: string): Promise<void> {
    return this.until(() => this.heard.includes(event));
  }

  #note(event: string): void {
    this.heard.push(event);
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

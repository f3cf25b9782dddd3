import type { Connection, NetworkError } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryNetwork,
  type ManualClock,
  type MemoryNetwork,
} from '@streambus/runtime/testing';
import { concat, type FrameEvent, readFrames } from './frame-bytes.ts';

/** Two ends of one connection of memory; nobody has started them. */
export interface ConnectionPair {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly here: Connection;
  readonly there: Connection;
}

const address = { host: '127.0.0.1', port: 4000 };

/** @param limits - of what the network holds; see `MemoryNetworkOptions` */
export async function connectPair(
  limits: { highWaterMarkBytes?: number; transitBytes?: number } = {},
): Promise<ConnectionPair> {
  const clock = createManualClock({ monotonicMs: 1000 });
  const network = createMemoryNetwork({ clock, ...limits });
  const accepted: Connection[] = [];
  const listener = await network.listen(address, (connection) => accepted.push(connection));
  const here = await clock.until(network.connect(address, { timeoutMs: 1000 }));
  await clock.settle();
  await listener.close();
  const [there] = accepted;
  if (there === undefined) throw new Error('nobody was accepted');
  return { clock, network, here, there };
}

/** Counts what is written. */
export function countWrites(connection: Connection): { readonly connection: Connection; readonly writes: number[] } {
  const writes: number[] = [];
  return {
    writes,
    connection: {
      localAddress: connection.localAddress,
      remoteAddress: connection.remoteAddress,
      get queuedBytes() {
        return connection.queuedBytes;
      },
      start: (handlers) => connection.start(handlers),
      write(chunks) {
        writes.push(chunks.reduce((sum, { length }) => sum + length, 0));
        return connection.write(chunks);
      },
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    },
  };
}

/** A peer by hand: it reads what comes, and says what it is told to. */
export class RawPeer {
  readonly #connection: Connection;
  #chunks: Uint8Array[] = [];
  receivedBytes = 0;
  ended = false;
  /** How it ended: undefined while it has not. */
  closed: { readonly error: NetworkError | undefined } | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.start({
      onData: (chunk) => {
        this.#chunks.push(chunk);
        this.receivedBytes += chunk.length;
      },
      onEnd: () => {
        this.ended = true;
      },
      onClose: (error) => {
        this.closed = { error };
      },
    });
  }

  /** What has come since this was asked last, as frames. */
  take(): readonly FrameEvent[] {
    const frames = readFrames(concat(this.#chunks));
    this.#chunks = [];
    return frames;
  }

  say(...frames: Uint8Array[]): void {
    this.#connection.write(frames);
  }

  stopReading(): void {
    this.#connection.pause();
  }

  readOn(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}

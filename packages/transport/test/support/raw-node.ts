import type { Connection, Listener } from '@streambus/runtime';
import type { MemoryNetwork } from '@streambus/runtime/testing';
import type { NodeId } from '@streambus/transport';
import { decodeHandshake, encodeHello, encodeRefusal, type Handshake, type Hello } from '../../src/wire/hello.ts';
import { concat } from './frame-bytes.ts';
import { addressOf } from './simulated-world.ts';

/** A hello as a well-behaved node sends it. */
export function helloOf(nodeId: NodeId, meantNodeId: NodeId, more: Partial<Hello> = {}): Hello {
  return {
    minVersion: 1,
    maxVersion: 1,
    clusterId: 'simulated',
    nodeId,
    meantNodeId,
    incarnation: 1,
    instance: new Uint8Array(8).fill(nodeId),
    features: 0,
    maxMessageBytes: 2 ** 20,
    idleTimeoutMs: 500,
    channelNames: ['c', 'd'],
    ...more,
  };
}

/** One connection by hand. */
export class RawConnection {
  readonly connection: Connection;
  #received: Uint8Array = new Uint8Array(0);
  closed = false;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.start({
      onData: (chunk) => {
        this.#received = concat([this.#received, chunk]);
      },
      onClose: () => {
        this.closed = true;
      },
    });
  }

  /** What came before anything else: a hello, a refusal, or nothing yet. */
  get handshake(): Handshake | undefined {
    return decodeHandshake(this.#received)?.handshake;
  }

  say(...bytes: Uint8Array[]): void {
    this.connection.write(bytes);
  }

  sayHello(hello: Hello): void {
    this.say(encodeHello(hello));
  }

  sayRefusal(...refusal: Parameters<typeof encodeRefusal>): void {
    this.say(encodeRefusal(...refusal));
  }
}

/** Listens where a node would, and leaves to a test what happens to each connection. */
export async function listenRaw(
  network: MemoryNetwork,
  id: NodeId,
  onConnection: (connection: RawConnection) => void,
): Promise<Listener> {
  return await network.listen(addressOf(id), (connection) => onConnection(new RawConnection(connection)));
}

export async function dialRaw(network: MemoryNetwork, id: NodeId): Promise<RawConnection> {
  return new RawConnection(await network.connect(addressOf(id), { timeoutMs: 1000 }));
}

import { type Connection, type Listener, type Network, NetworkError } from '@streambus/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, Ear } from './ear.ts';

/** A network and a host name on which the test may listen. */
export interface NetworkUnderTest {
  readonly network: Network;
  readonly host: string;
}

/** The suite of the Network port. */
export function describeNetworkCompliance(name: string, makeNetwork: () => NetworkUnderTest): void {
  describe(`${name} as Network`, () => {
    let network: Network;
    let host: string;
    const listeners: Listener[] = [];
    const connections: Connection[] = [];

    beforeEach(() => {
      ({ network, host } = makeNetwork());
    });

    afterEach(async () => {
      for (const connection of connections.splice(0)) connection.destroy();
      for (const listener of listeners.splice(0)) await listener.close();
    });

    async function listen(onConnection: (connection: Connection) => void, port = 0): Promise<Listener> {
      const listener = await network.listen({ host, port }, (connection) => {
        connections.push(connection);
        onConnection(connection);
      });
      listeners.push(listener);
      return listener;
    }

    async function connect(port: number): Promise<Connection> {
      const connection = await network.connect({ host, port }, { timeoutMs: 5000 });
      connections.push(connection);
      return connection;
    }

    async function pair(): Promise<{ client: Connection; server: Connection }> {
      const accepted = Promise.withResolvers<Connection>();
      const listener = await listen((connection) => accepted.resolve(connection));
      const client = await connect(listener.address.port);
      return { client, server: await accepted.promise };
    }

    async function refusalOf(promise: Promise<unknown>): Promise<NetworkError> {
      const thrown = await promise.then(
        () => 'it succeeded',
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(NetworkError);
      return thrown as NetworkError;
    }

    describe('listen', () => {
      it('port 0 becomes a real one, another for each listener', async () => {
        const first = await listen(() => {});
        const second = await listen(() => {});
        expect(first.address.port).toBeGreaterThan(0);
        expect(second.address.port).not.toBe(first.address.port);
      });

      it('a port that is taken is NETWORK_ADDRESS_IN_USE, naming it', async () => {
        const { port } = (await listen(() => {})).address;
        const refusal = await refusalOf(listen(() => {}, port));
        expect(refusal.code).toBe('NETWORK_ADDRESS_IN_USE');
        expect(refusal.message).toContain(String(port));
      });

      it('close: harmless twice, frees the port, leaves accepted connections alone', async () => {
        const accepted = Promise.withResolvers<Connection>();
        const listener = await listen((connection) => accepted.resolve(connection));
        const client = new Ear(await connect(listener.address.port));
        const server = await accepted.promise;
        await listener.close();
        await listener.close();
        expect((await refusalOf(connect(listener.address.port))).code).toBe('NETWORK_REFUSED');
        await listen(() => {}, listener.address.port);
        server.start({ onData() {}, onClose() {} });
        server.write([bytesOf('still here')]);
        await client.until(() => client.received.length === 10);
      });
    });

    describe('connect', () => {
      it('nobody listens: NETWORK_REFUSED, retriable, naming the address', async () => {
        const listener = await listen(() => {});
        await listener.close();
        const refusal = await refusalOf(connect(listener.address.port));
        expect(refusal).toMatchObject({ code: 'NETWORK_REFUSED', retriable: true });
        expect(refusal.message).toContain(`${host}:${listener.address.port}`);
      });

      it('a signal ends an attempt, before it begins and while it is under way: NETWORK_CLOSED', async () => {
        const listener = await listen(() => {});
        const address = { host, port: listener.address.port };
        const early = network.connect(address, { timeoutMs: 5000, signal: AbortSignal.abort() });
        expect((await refusalOf(early)).code).toBe('NETWORK_CLOSED');
        const abort = new AbortController();
        const late = network.connect(address, { timeoutMs: 5000, signal: abort.signal });
        abort.abort();
        expect((await refusalOf(late)).code).toBe('NETWORK_CLOSED');
      });

      it('both ends agree on their addresses', async () => {
        const { client, server } = await pair();
        expect(client.remoteAddress).toEqual(server.localAddress);
        expect(server.remoteAddress).toEqual(client.localAddress);
      });
    });

    describe('bytes', () => {
      it('arrive whole and in order, both ways at once', async () => {
        const { client, server } = await pair();
        const clientEar = new Ear(client);
        const serverEar = new Ear(server);
        const up = numbered(200_000, 3);
        const down = numbered(150_000, 5);
        for (let at = 0; at < up.length; at += 997)
          client.write([up.subarray(at, at + 500), up.subarray(at + 500, at + 997)]);
        for (let at = 0; at < down.length; at += 4096) server.write([down.subarray(at, at + 4096)]);
        await serverEar.until(() => serverEar.received.length === up.length);
        await clientEar.until(() => clientEar.received.length === down.length);
        expect(Buffer.compare(serverEar.received, up)).toBe(0);
        expect(Buffer.compare(clientEar.received, down)).toBe(0);
      });

      it('written before the reader starts wait for it', async () => {
        const { client, server } = await pair();
        new Ear(client);
        client.write([bytesOf('early')]);
        const ear = new Ear(server);
        await ear.until(() => ear.received.length === 5);
        expect(Buffer.from(ear.received).toString()).toBe('early');
      });

      it('of empty chunks are none', async () => {
        const { client, server } = await pair();
        new Ear(client);
        const ear = new Ear(server);
        expect(client.write([])).toBe(true);
        expect(client.write([new Uint8Array(0)])).toBe(true);
        client.write([bytesOf('x')]);
        await ear.until(() => ear.received.length === 1);
      });

      it('belong to the receiver: changing them there or here later disturbs nobody', async () => {
        const { client, server } = await pair();
        const clientEar = new Ear(client);
        const echo = new Ear(server);
        client.write([bytesOf('ping')]);
        await echo.until(() => echo.received.length === 4);
        echo.received.fill(0);
        server.write([bytesOf('pong')]);
        await clientEar.until(() => clientEar.received.length === 4);
        expect(Buffer.from(clientEar.received).toString()).toBe('pong');
      });
    });

    describe('holding back', () => {
      it('a reader that pauses fills the writer’s queue; write says so, and onDrain tells when it is empty', async () => {
        const { client, server } = await pair();
        const reader = new Ear(server);
        reader.connection.pause();
        const writer = new Ear(client);
        const chunk = new Uint8Array(256 * 1024);
        let written = 0;
        // The system's own buffers take some megabytes first.
        while (client.write([chunk])) {
          written += chunk.length;
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        written += chunk.length;
        expect(client.queuedBytes).toBeGreaterThan(0);
        expect(writer.heard).not.toContain('drain');
        reader.connection.resume();
        await writer.untilHeard('drain');
        expect(client.queuedBytes).toBe(0);
        await reader.until(() => reader.received.length === written);
      });

      it('a paused reader hears nothing until it resumes', async () => {
        const { client, server } = await pair();
        new Ear(client);
        const reader = new Ear(server);
        client.write([bytesOf('a')]);
        await reader.until(() => reader.received.length === 1);
        server.pause();
        client.write([bytesOf('b')]);
        // A second connection's round trip shows that time enough has passed.
        const other = await pair();
        const otherEar = new Ear(other.server);
        new Ear(other.client);
        other.client.write([bytesOf('x')]);
        await otherEar.until(() => otherEar.received.length === 1);
        expect(reader.received.length).toBe(1);
        server.resume();
        await reader.until(() => reader.received.length === 2);
      });
    });

    describe('the end', () => {
      it('end: what is queued arrives first; the other half stays open', async () => {
        const { client, server } = await pair();
        const clientEar = new Ear(client);
        const serverEar = new Ear(server);
        client.write([new Uint8Array(300_000)]);
        client.end();
        await serverEar.untilHeard('end');
        expect(serverEar.received.length).toBe(300_000);
        server.write([bytesOf('answer')]);
        await clientEar.until(() => clientEar.received.length === 6);
        expect(clientEar.heard).not.toContain('close');
        server.end();
        await clientEar.untilHeard('close');
        await serverEar.untilHeard('close');
        expect([clientEar.closedWith, serverEar.closedWith]).toEqual([undefined, undefined]);
        expect(clientEar.heard.filter((event) => event === 'close')).toHaveLength(1);
      });

      it('without onEnd the connection is ended in turn', async () => {
        const { client, server } = await pair();
        const clientEar = new Ear(client);
        const serverEar = new Ear(server, { hearsEnd: false });
        client.end();
        await clientEar.untilHeard('end');
        await clientEar.untilHeard('close');
        await serverEar.untilHeard('close');
      });

      it('after end, write returns false and sends nothing', async () => {
        const { client, server } = await pair();
        new Ear(client);
        const serverEar = new Ear(server);
        client.end();
        expect(client.write([bytesOf('too late')])).toBe(false);
        await serverEar.untilHeard('end');
        expect(serverEar.received.length).toBe(0);
      });

      it('destroy: closes without error here, is noticed there; harmless twice; nothing is heard after close', async () => {
        const { client, server } = await pair();
        const clientEar = new Ear(client);
        const serverEar = new Ear(server, { hearsEnd: false });
        client.destroy();
        client.destroy();
        expect(client.write([bytesOf('x')])).toBe(false);
        await clientEar.untilHeard('close');
        await serverEar.untilHeard('close');
        expect(clientEar.closedWith).toBeUndefined();
        expect(clientEar.heard.at(-1)).toBe('close');
        expect(serverEar.heard.at(-1)).toBe('close');
      });

      it('destroyed before it was started: its owner still hears the close', async () => {
        const { client } = await pair();
        client.destroy();
        const ear = new Ear(client);
        await ear.untilHeard('close');
      });

      it('a hundred connections opened and dropped leave the listener serving', async () => {
        let accepted = 0;
        const listener = await listen((connection) => {
          accepted++;
          connection.start({
            onData: (chunk) => connection.write([chunk]),
            onClose() {},
          });
        });
        for (let round = 0; round < 100; round++) (await connect(listener.address.port)).destroy();
        const client = await connect(listener.address.port);
        const ear = new Ear(client);
        client.write([bytesOf('echo')]);
        await ear.until(() => ear.received.length === 4);
        expect(accepted).toBe(101);
      });
    });
  });
}

function numbered(length: number, step: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * step + (index >> 8)) & 0xff);
}

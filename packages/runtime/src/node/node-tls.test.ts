import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  type ConnectionHandlers,
  type Listener,
  NetworkError,
  type SocketAddress,
} from '../network.ts';
import type { SecuredConnection, TlsError } from '../tls.ts';
import { createNodeNetwork } from './node-network.ts';
import { createNodeTls } from './node-tls.ts';

const host = '127.0.0.1';
const network = createNodeNetwork();
const port = createNodeTls();
const authority = createCertificateAuthority({ name: 'Test authority' });
const credentials = authority.issue({ names: ['node-1'] });

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** Secures the server's end of one connection. */
async function acceptOne(): Promise<{ readonly address: SocketAddress; readonly secured: Promise<SecuredConnection> }> {
  const accepted = Promise.withResolvers<Connection>();
  const listener: Listener = await network.listen({ host, port: 0 }, accepted.resolve);
  const secured = accepted.promise.then((raw) => {
    cleanUps.push(() => raw.destroy());
    return port.secure(raw, { role: 'server', credentials, timeoutMs: 5000 });
  });
  cleanUps.push(() => listener.close());
  return { address: listener.address, secured };
}

async function connect(address: SocketAddress): Promise<SecuredConnection> {
  const raw = await network.connect(address, { timeoutMs: 5000 });
  cleanUps.push(() => raw.destroy());
  return port.secure(raw, { role: 'client', credentials, timeoutMs: 5000 });
}

/** A client of Node's own, which need not do as ours does. */
async function stranger({ port: toPort }: SocketAddress, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    host,
    port: toPort,
    ca: authority.certificate,
    checkServerIdentity: () => undefined,
    ...options,
  });
  cleanUps.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Resolves with what ended a connection. */
function untilClosed(connection: Connection, handlers: Partial<ConnectionHandlers> = {}): Promise<Error | undefined> {
  return new Promise((resolve) => connection.start({ onData() {}, ...handlers, onClose: resolve }));
}

describe('a client of another making', () => {
  it('without certificate: is not verified, and can be told so', async () => {
    const { address, secured } = await acceptOne();
    const client = await stranger(address, {});
    const { connection, peer } = await secured;
    expect(peer).toEqual({ verified: false, problem: 'no certificate was presented' });
    connection.write([Buffer.from('no certificate was presented')]);
    connection.end();
    const [told] = (await once(client, 'data')) as [Buffer];
    expect(told.toString()).toBe('no certificate was presented');
  });

  it('that speaks TLS 1.2 at most: TLS_HANDSHAKE here, an alert there', async () => {
    const { address, secured } = await acceptOne();
    const refused = secured.catch((error: TlsError) => error);
    await expect(stranger(address, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/alert protocol version/);
    expect(await refused).toMatchObject({
      code: 'TLS_HANDSHAKE',
      message: expect.stringContaining('unsupported protocol'),
    });
  });

  it('cannot resume the session of a connection before: it shows its certificate again', async () => {
    const { address, secured } = await acceptOne();
    const client = await stranger(address, { cert: credentials.certificate, key: credentials.privateKey });
    const offered = once(client, 'session');
    expect((await secured).peer.verified).toBe(true);
    client.resume();
    const [session] = (await offered) as [Buffer];

    const { address: again, secured: securedAgain } = await acceptOne();
    const second = await stranger(again, { session });
    expect(second.isSessionReused()).toBe(false);
    expect((await securedAgain).peer.verified).toBe(false);
  });
});

/** Application data as far as its header goes. */
const forgedRecord = Buffer.from('17030300200000000000000000000000000000000000000000000000000000000000000000', 'hex');

describe('on the wire', () => {
  /** What passes from a client to the server behind it: a relay that counts the records of TLS (RFC 8446 section 5.1). */
  async function relayTo(
    server: SocketAddress,
  ): Promise<{ readonly address: SocketAddress; records(): number; cut(): void; reset(): void; forge(): void }> {
    let records = 0;
    let waiting = Buffer.alloc(0);
    const sockets: net.Socket[] = [];
    const relay = net.createServer({ allowHalfOpen: true }, (fromClient) => {
      const toServer = net.connect({ host, port: server.port, allowHalfOpen: true });
      sockets.push(fromClient, toServer);
      for (const socket of sockets) socket.on('error', () => {});
      toServer.pipe(fromClient);
      fromClient.on('data', (chunk) => {
        waiting = Buffer.concat([waiting, chunk]);
        while (waiting.length >= 5 && waiting.length >= 5 + waiting.readUInt16BE(3)) {
          records++;
          waiting = waiting.subarray(5 + waiting.readUInt16BE(3));
        }
        toServer.write(chunk);
      });
    });
    relay.listen(0, host);
    await once(relay, 'listening');
    cleanUps.push(() => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    });
    const { port: relayPort } = relay.address() as net.AddressInfo;
    return {
      address: { host, port: relayPort },
      records: () => records,
      cut: () => sockets[1]?.end(),
      reset: () => sockets[1]?.resetAndDestroy(),
      forge: () => sockets[1]?.write(forgedRecord),
    };
  }

  async function relayed(): Promise<{
    readonly client: Connection;
    readonly server: Connection;
    readonly relay: Awaited<ReturnType<typeof relayTo>>;
  }> {
    const { address, secured } = await acceptOne();
    const relay = await relayTo(address);
    const client = await connect(relay.address);
    return { client: client.connection, server: (await secured).connection, relay };
  }

  it.each([
    ['one write of many chunks', (connection: Connection, chunks: readonly Uint8Array[]) => connection.write(chunks)],
    [
      'many writes of one turn',
      (connection: Connection, chunks: readonly Uint8Array[]) => {
        for (const chunk of chunks) connection.write([chunk]);
      },
    ],
  ])('%s: few records', async (_what, write) => {
    const { client, server, relay } = await relayed();
    const before = relay.records();
    const chunks = Array.from({ length: 1000 }, (_, index) => new Uint8Array(index % 2 === 0 ? 64 : 1500));
    let missing = chunks.reduce((sum, { length }) => sum + length, 0);
    const least = Math.ceil(missing / 16_384);
    const received = new Promise<void>((resolve) => {
      untilClosed(server, {
        onData: ({ length }) => {
          missing -= length;
          if (missing === 0) resolve();
        },
      });
    });
    untilClosed(client);
    write(client, chunks);
    await received;
    // The first of many writes leaves at once, the others together behind it.
    expect(relay.records() - before).toBeLessThanOrEqual(least + 2);
  });

  it('cut between the two: looks as if the peer had ended', async () => {
    const { server, relay } = await relayed();
    const ended = new Promise<void>((resolve) => untilClosed(server, { onEnd: resolve }));
    relay.cut();
    await ended;
  });

  it('a record that the client did not make: the connection ends at once, with an error', async () => {
    const { client, server, relay } = await relayed();
    untilClosed(client);
    const heard = Promise.withResolvers<unknown>();
    const closed = untilClosed(server, { onData: heard.resolve });
    client.write([Buffer.from('x')]);
    await heard.promise;
    relay.forge();
    expect(await closed).toBeInstanceOf(NetworkError);
  });

  it('reset between the two: NETWORK_RESET', async () => {
    const { client, server, relay } = await relayed();
    untilClosed(client);
    const heard = Promise.withResolvers<unknown>();
    const closed = untilClosed(server, { onData: heard.resolve });
    client.write([Buffer.from('x')]);
    await heard.promise;
    relay.reset();
    expect(await closed).toMatchObject({ code: 'NETWORK_RESET', retriable: true });
  });
});

describe('64 MiB', () => {
  it('pass whole and in order, with never more queued than one chunk past the mark', async () => {
    const { address, secured } = await acceptOne();
    const { connection: client } = await connect(address);
    const { connection: server } = await secured;
    const totalBytes = 64 * 1024 * 1024;
    const chunk = Uint8Array.from({ length: 100_003 }, (_, index) => (index * 7) & 0xff);
    const received = Promise.withResolvers<void>();
    let receivedBytes = 0;
    let wrongBytes = 0;
    untilClosed(server, {
      onData: (data) => {
        for (let at = 0; at < data.length; at += 997) {
          if (data[at] !== chunk[(receivedBytes + at) % chunk.length]) wrongBytes++;
        }
        receivedBytes += data.length;
        if (receivedBytes >= totalBytes) received.resolve();
      },
    });
    let sentBytes = 0;
    let queuedBytesMax = 0;
    let drains = 0;
    const send = (): void => {
      while (sentBytes < totalBytes) {
        sentBytes += chunk.length;
        const more = client.write([chunk]);
        queuedBytesMax = Math.max(queuedBytesMax, client.queuedBytes);
        if (!more) return;
      }
    };
    untilClosed(client, {
      onDrain: () => {
        drains++;
        send();
      },
    });
    send();
    await received.promise;
    expect(wrongBytes).toBe(0);
    expect(drains).toBeGreaterThan(10);
    expect(queuedBytesMax).toBeLessThan(1024 * 1024 + chunk.length);
  });
});

describe('afterwards', () => {
  it('no handle and no timer keeps the process alive, however the handshakes ended', { timeout: 30_000 }, async () => {
    const entry = fileURLToPath(new URL('./index.ts', import.meta.url));
    const script = `
      import { createNodeNetwork, createNodeTls } from ${JSON.stringify(entry)};
      const credentials = JSON.parse(process.argv[1]);
      const network = createNodeNetwork();
      const tls = createNodeTls();
      const secure = (raw, role) => tls.secure(raw, { role, credentials, timeoutMs: 3_600_000 });
      let accepted;
      const listener = await network.listen({ host: '${host}', port: 0 }, (raw) => accepted(raw));
      async function pair() {
        const server = new Promise((resolve) => { accepted = resolve; });
        const client = await network.connect(listener.address, { timeoutMs: 5000 });
        return { client, server: await server };
      }
      const handlers = { onData() {}, onClose() {} };
      const ended = [];
      for (let round = 0; round < 5; round++) {
        const good = await pair();
        const [client, server] = await Promise.all([secure(good.client, 'client'), secure(good.server, 'server')]);
        server.connection.start(handlers);
        ended.push(new Promise((onClose) => client.connection.start({ ...handlers, onClose })));
        client.connection.end();
        for (const role of ['client', 'server']) {
          const other = role === 'client' ? 'server' : 'client';
          const garbled = await pair();
          garbled[other].start(handlers);
          garbled[other].write([new Uint8Array(100)]);
          ended.push(secure(garbled[role], role).catch((error) => error.code));
          const left = await pair();
          ended.push(secure(left[role], role).catch((error) => error.code));
          left[role].destroy();
          left[other].destroy();
        }
      }
      console.log(JSON.stringify((await Promise.all(ended)).slice(0, 5)));
      await listener.close();`;
    const args = ['--input-type=module-typescript', '-e', script, JSON.stringify(credentials)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toEqual([null, 'TLS_HANDSHAKE', 'TLS_CLOSED', 'TLS_HANDSHAKE', 'TLS_CLOSED']);
  });
});

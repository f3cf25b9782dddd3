import { type Api, apis, encodeRequest, type RequestInputOf } from '@streambus/kafka';
import { type Deferred, defer, silentLogger } from '@streambus/runtime';
import { createManualClock, createMemoryNetwork, type ManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createBrokerMetrics } from '../admin/index.ts';
import type { Handler, RequestContext } from './handler.ts';
import { KafkaServer, type KafkaServerOptions } from './kafka-server.ts';
import { RequestRouter } from './request-router.ts';

interface Call {
  readonly name: string;
  readonly answer: Deferred<object | undefined>;
}

/** A server whose handlers answer when the test says so. */
interface Bench extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly server: KafkaServer;
  /** Calls of handlers, in the order in which they began. */
  readonly calls: Call[];
  connect(): Promise<TestClient>;
}

interface TestClient {
  send<A extends Api>(api: A, version: number, correlationId: number, request: RequestInputOf<A>): void;
  sendBytes(bytes: Uint8Array): void;
  end(): void;
  /** Correlation ids of the answers that have come, in order. */
  answers(): Promise<number[]>;
  readonly frames: Buffer[];
  isClosed(): Promise<boolean>;
}

const limits: KafkaServerOptions = {
  maxFrameBytes: 10_000,
  maxInflightRequests: 3,
  advertised: undefined,
  maxConnections: 3,
  maxConnectionsPerIp: 3,
  maxIdleMs: 60_000,
  maxInflightBytes: 20_000,
  maxBufferedBytes: 50_000,
};

async function makeBench(options: Partial<KafkaServerOptions> = {}, others: readonly Handler[] = []): Promise<Bench> {
  const clock = createManualClock();
  const network = createMemoryNetwork({ clock });
  const calls: Call[] = [];
  const recording = (api: Api, pipelined: boolean): Handler =>
    ({
      api,
      pipelined,
      handle() {
        const answer = defer<object | undefined>();
        calls.push({ name: api.name, answer });
        return answer.promise;
      },
    }) as unknown as Handler;
  const metrics = createBrokerMetrics();
  const server = new KafkaServer(
    { ...limits, ...options },
    { network, clock, logger: silentLogger, metrics, onFatal: (error) => expect.unreachable(error.message) },
  );
  const address = await server.bind({ host: '127.0.0.1', port: 0 });
  const handlers = [
    recording(apis.produce, true),
    recording(apis.metadata, false),
    recording(apis.heartbeat, false),
    ...others,
  ];
  server.open(new RequestRouter(handlers, (api) => metrics.request(api)));
  return {
    clock,
    server,
    calls,
    connect: async () => testClient(clock, await clock.until(network.connect(address, { timeoutMs: 1000 }))),
    async [Symbol.asyncDispose]() {
      await clock.until(server.close(0));
    },
  };
}

function testClient(
  clock: ManualClock,
  connection: Awaited<ReturnType<ReturnType<typeof createMemoryNetwork>['connect']>>,
): TestClient {
  let received = Buffer.alloc(0);
  const frames: Buffer[] = [];
  let closed = false;
  connection.start({
    onData(chunk) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0);
        frames.push(received.subarray(4, end));
        received = received.subarray(end);
      }
    },
    onClose() {
      closed = true;
    },
  });
  return {
    send: (api, version, correlationId, request) => {
      connection.write(encodeRequest(api, version, { correlationId, clientId: 'test' }, request));
    },
    sendBytes: (bytes) => {
      connection.write([bytes]);
    },
    end: () => connection.end(),
    async answers() {
      await clock.settle();
      return frames.map((frame) => frame.readInt32BE(0));
    },
    frames,
    async isClosed() {
      await clock.settle();
      return closed;
    },
  };
}

const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' };
const produce = (acks: number) => ({ acks, timeoutMs: 1000, topicData: [] });

describe('requests of one connection', () => {
  it('are answered in order, each starting when the one before it is answered', async () => {
    await using bench = await makeBench();
    const client = await bench.connect();
    client.send(apis.metadata, 4, 1, { topics: null });
    client.send(apis.heartbeat, 3, 2, heartbeat);
    client.send(apis.metadata, 4, 3, { topics: null });
    await bench.clock.settle();
    expect(bench.calls.map(({ name }) => name)).toEqual(['Metadata']);
    bench.calls[0]?.answer.resolve({ brokers: [], topics: [] });
    expect(await client.answers()).toEqual([1]);
    expect(bench.calls.map(({ name }) => name)).toEqual(['Metadata', 'Heartbeat']);
    bench.calls[1]?.answer.resolve({ errorCode: 0 });
    await bench.clock.settle();
    bench.calls[2]?.answer.resolve({ brokers: [], topics: [] });
    expect(await client.answers()).toEqual([1, 2, 3]);
  });

  it('start behind others of a pipelined API, and are still answered in order', async () => {
    await using bench = await makeBench();
    const client = await bench.connect();
    for (const id of [1, 2]) client.send(apis.produce, 7, id, produce(-1));
    client.send(apis.heartbeat, 3, 3, heartbeat);
    await bench.clock.settle();
    expect(bench.calls.map(({ name }) => name)).toEqual(['Produce', 'Produce']);
    bench.calls[1]?.answer.resolve({ responses: [] });
    expect(await client.answers()).toEqual([]);
    bench.calls[0]?.answer.resolve({ responses: [] });
    expect(await client.answers()).toEqual([1, 2]);
    expect(bench.calls.at(2)?.name).toBe('Heartbeat');
  });

  it('without an answer do not hold up the next', async () => {
    await using bench = await makeBench();
    const client = await bench.connect();
    client.send(apis.produce, 7, 1, produce(0));
    client.send(apis.produce, 7, 2, produce(-1));
    await bench.clock.settle();
    bench.calls[0]?.answer.resolve(undefined);
    bench.calls[1]?.answer.resolve({ responses: [] });
    expect(await client.answers()).toEqual([2]);
  });

  it('wait unread past the bound, and go on when there is room', async () => {
    await using bench = await makeBench();
    const client = await bench.connect();
    for (let id = 1; id <= 5; id++) client.send(apis.produce, 7, id, produce(-1));
    await bench.clock.settle();
    expect(bench.calls).toHaveLength(3);
    bench.calls[0]?.answer.resolve({ responses: [] });
    await bench.clock.settle();
    expect(bench.calls).toHaveLength(4);
    for (const call of bench.calls) call.answer.resolve({ responses: [] });
    await bench.clock.settle();
    bench.calls[4]?.answer.resolve({ responses: [] });
    expect(await client.answers()).toEqual([1, 2, 3, 4, 5]);
  });

  it('are answered though the client has said that it sends no more', async () => {
    await using bench = await makeBench();
    const client = await bench.connect();
    client.send(apis.heartbeat, 3, 1, heartbeat);
    client.end();
    await bench.clock.settle();
    bench.calls[0]?.answer.resolve({ errorCode: 0 });
    expect(await client.answers()).toEqual([1]);
    expect(await client.isClosed()).toBe(true);
  });
});

describe('a request that only waits for more', () => {
  const waiting = (hurried: string[]): Handler =>
    ({
      api: apis.fetch,
      handle: (_request: unknown, context: RequestContext) =>
        new Promise((resolve) => {
          context.onHurry(() => {
            hurried.push(context.clientId);
            resolve({ responses: [] });
          });
        }),
    }) as unknown as Handler;
  const fetch = { maxWaitMs: 60_000, minBytes: 1, topics: [] };

  it('is told when a request of another API waits behind it, before or after it began to wait', async () => {
    const hurried: string[] = [];
    await using bench = await makeBench({}, [waiting(hurried)]);
    for (const together of [true, false]) {
      const client = await bench.connect();
      client.send(apis.fetch, 11, 1, fetch);
      if (!together) await bench.clock.settle();
      client.send(apis.heartbeat, 3, 2, heartbeat);
      expect(await client.answers()).toEqual([1]);
      bench.calls.at(-1)?.answer.resolve({ errorCode: 0 });
      expect(await client.answers()).toEqual([1, 2]);
    }
    expect(hurried).toHaveLength(2);
  });

  it('is not told of another of its own kind, or each would chase the one before it away', async () => {
    const hurried: string[] = [];
    await using bench = await makeBench({}, [waiting(hurried)]);
    const client = await bench.connect();
    client.send(apis.fetch, 11, 1, fetch);
    client.send(apis.fetch, 11, 2, fetch);
    expect(await client.answers()).toEqual([]);
    expect(hurried).toEqual([]);
  });
});

describe('requests of all connections', () => {
  it('share one bound of memory, and whoever waits for room gets it', async () => {
    await using bench = await makeBench({ maxInflightBytes: 100 });
    const [one, other] = [await bench.connect(), await bench.connect()];
    one.send(apis.heartbeat, 3, 1, { ...heartbeat, memberId: 'm'.repeat(90) });
    await bench.clock.settle();
    other.send(apis.heartbeat, 3, 1, heartbeat);
    await bench.clock.settle();
    expect(bench.calls).toHaveLength(1);
    bench.calls[0]?.answer.resolve({ errorCode: 0 });
    await bench.clock.settle();
    expect(bench.calls).toHaveLength(2);
    bench.calls[1]?.answer.resolve({ errorCode: 0 });
    expect(await other.answers()).toEqual([1]);
    expect(bench.server.inflightBytes).toBe(0);
  });
});

describe('what clients make the broker hold', () => {
  const half = (length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    bytes.writeInt32BE(length + 100);
    return bytes;
  };

  it('is bounded: whoever holds most ends, the others go on', async () => {
    await using bench = await makeBench({ maxBufferedBytes: 10_000 });
    const [large, small, good] = [await bench.connect(), await bench.connect(), await bench.connect()];
    large.sendBytes(half(8000));
    expect(await large.isClosed()).toBe(false);
    small.sendBytes(half(4000));
    expect([await large.isClosed(), await small.isClosed()]).toEqual([true, false]);
    good.send(apis.heartbeat, 3, 1, heartbeat);
    await bench.clock.settle();
    bench.calls[0]?.answer.resolve({ errorCode: 0 });
    expect(await good.answers()).toEqual([1]);
  });

  it('is nothing after whole requests that were answered, however many', async () => {
    await using bench = await makeBench({ maxBufferedBytes: 1000 });
    const client = await bench.connect();
    for (let id = 1; id <= 100; id++) {
      client.send(apis.heartbeat, 3, id, { ...heartbeat, memberId: 'm'.repeat(200) });
      await bench.clock.settle();
      bench.calls[id - 1]?.answer.resolve({ errorCode: 0 });
    }
    expect(await client.answers()).toHaveLength(100);
  });
});

describe('what is no request', () => {
  it.each([
    ['a frame over the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a frame without a header', Buffer.from([0, 0, 0, 1, 0])],
    ['an API that is not served', Buffer.from([0, 0, 0, 10, 0, 76, 0, 0, 0, 0, 0, 1, 0, 0])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
  ])('ends its own connection alone: %s', async (_name, bytes) => {
    await using bench = await makeBench();
    const [bad, good] = [await bench.connect(), await bench.connect()];
    bad.sendBytes(bytes);
    expect(await bad.isClosed()).toBe(true);
    good.send(apis.heartbeat, 3, 9, heartbeat);
    await bench.clock.settle();
    bench.calls[0]?.answer.resolve({ errorCode: 0 });
    expect(await good.answers()).toEqual([9]);
  });
});

describe('connections', () => {
  it('over the bound are refused, and may come when another has gone', async () => {
    await using bench = await makeBench();
    const clients = [await bench.connect(), await bench.connect(), await bench.connect()];
    const refused = await bench.connect();
    expect(await refused.isClosed()).toBe(true);
    clients[0]?.end();
    await bench.clock.settle();
    expect(await (await bench.connect()).isClosed()).toBe(false);
  });

  it('that are silent too long are ended; one that waits for its answer is not silent', async () => {
    await using bench = await makeBench();
    const [silent, waiting] = [await bench.connect(), await bench.connect()];
    waiting.send(apis.heartbeat, 3, 1, heartbeat);
    await bench.clock.advance(75_000);
    expect(await silent.isClosed()).toBe(true);
    expect(await waiting.isClosed()).toBe(false);
    bench.calls[0]?.answer.resolve({ errorCode: 0 });
    expect(await waiting.answers()).toEqual([1]);
  });
});

describe('closing', () => {
  it('answers what was begun, and cuts at the deadline what is not done', async () => {
    const bench = await makeBench();
    const [answered, stuck] = [await bench.connect(), await bench.connect()];
    answered.send(apis.heartbeat, 3, 1, heartbeat);
    stuck.send(apis.heartbeat, 3, 1, heartbeat);
    await bench.clock.settle();
    const closed = bench.server.close(500);
    bench.calls[0]?.answer.resolve({ errorCode: 0 });
    expect(await answered.answers()).toEqual([1]);
    expect(await answered.isClosed()).toBe(true);
    expect(await stuck.isClosed()).toBe(false);
    await bench.clock.advance(500);
    await bench.clock.until(closed);
    expect(await stuck.isClosed()).toBe(true);
    expect(bench.server.connectionCount).toBe(0);
  });
});

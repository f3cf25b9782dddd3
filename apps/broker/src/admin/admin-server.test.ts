import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Clock, NetworkError, silentLogger } from '@streambus/runtime';
import { nodeClock } from '@streambus/runtime/node';
import { createManualClock } from '@streambus/runtime/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type AdminServer, startAdminServer } from './admin-server.ts';
import { type BrokerMetrics, createBrokerMetrics } from './metrics.ts';
import type { ReadinessCheck } from './routes.ts';
import type { MetricsSources } from './sources.ts';

const sources: MetricsSources = {
  connections: () => 2,
  partitions: () => [
    {
      topic: 'orders',
      partition: 0,
      sizeBytes: 4096,
      logStartOffset: 5,
      logEndOffset: 20,
      highWatermark: 18,
      isLeader: true,
    },
    {
      topic: 'orders',
      partition: 1,
      sizeBytes: 0,
      logStartOffset: 0,
      logEndOffset: 0,
      highWatermark: 0,
      isLeader: false,
    },
  ],
  groups: () => [
    { group: 'billing', state: 'Stable', members: 3 },
    { group: 'audit', state: 'Empty', members: 0 },
  ],
  lags: () => [{ group: 'billing', topic: 'orders', partition: 0, lagRecords: 7 }],
  queues: () => [{ queue: 'log append', unit: 'bytes', depth: 10, limit: 1000 }],
  raft: () => ({ role: 'leader', term: 4, lastIndex: 12, commitIndex: 11, appliedIndex: 10 }),
};

interface Running {
  readonly server: AdminServer;
  readonly metrics: BrokerMetrics;
  readonly checks: ReadinessCheck[];
  get(path: string): Promise<Response>;
}

const running: AdminServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

interface Given {
  readonly host?: string;
  readonly clock?: Clock;
  readonly sources?: () => MetricsSources | undefined;
}

async function start(given: Given = {}): Promise<Running> {
  const metrics = createBrokerMetrics();
  const checks: ReadinessCheck[] = [{ name: 'storage', ready: true }];
  const server = await startAdminServer(
    { listen: { host: given.host ?? '127.0.0.1', port: 0 }, version: '1.2.3' },
    {
      clock: given.clock ?? nodeClock,
      logger: silentLogger,
      metrics,
      sources: given.sources ?? (() => sources),
      readiness: () => checks,
    },
  );
  running.push(server);
  const host = server.address.host.includes(':') ? `[${server.address.host}]` : server.address.host;
  return { server, metrics, checks, get: (path) => fetch(`http://${host}:${server.address.port}${path}`) };
}

/** Lines of samples by name and labels. */
async function scrape(admin: Running): Promise<ReadonlyMap<string, string>> {
  const text = await (await admin.get('/metrics')).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
}

describe('health', () => {
  it('is live while the process answers', async () => {
    const admin = await start();
    admin.server.open();
    const response = await admin.get('/health/live');
    expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
  });

  it('is ready when every check is, and says which is not', async () => {
    const admin = await start();
    admin.server.open();
    expect((await admin.get('/health/ready')).status).toBe(200);
    admin.checks.push({ name: 'metadata quorum', ready: false, detail: 'no leader' });
    const response = await admin.get('/health/ready');
    expect([response.status, await response.json()]).toEqual([
      503,
      {
        status: 'not ready',
        checks: [
          { name: 'storage', ready: true },
          { name: 'metadata quorum', ready: false, detail: 'no leader' },
        ],
      },
    ]);
  });
});

describe('before the broker is ready', () => {
  it('requests wait, and are answered when it opens', async () => {
    const admin = await start({ clock: createManualClock() });
    const waiting = admin.get('/health/live');
    expect(await Promise.race([waiting, acceptedAnother(admin)])).toBe('accepted another');
    admin.server.open();
    expect((await waiting).status).toBe(200);
  });

  it('requests are answered after a second all the same, so that a long recovery can be watched', async () => {
    const clock = createManualClock();
    const admin = await start({ clock, sources: () => undefined });
    admin.checks.push({ name: 'storage', ready: false, detail: 'recovering' });
    const waiting = admin.get('/health/ready');
    await clock.advance(999);
    expect(await Promise.race([waiting, acceptedAnother(admin)])).toBe('accepted another');
    await clock.advance(1);
    expect((await waiting).status).toBe(503);
    expect([...(await scrape(admin)).keys()]).toContain('streambus_build_info{version="1.2.3"}');
  });
});

async function connectTo(admin: Running): Promise<Socket> {
  const socket = connect(admin.server.address.port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  return socket;
}

async function answerOnNewConnection(admin: Running): Promise<void> {
  const socket = await connectTo(admin);
  socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await closeOf(socket);
}

function closeOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.resume().once('close', () => resolve('closed'));
  });
}

/** Resolves when the server has accepted and read what came before. */
async function acceptedAnother(admin: Running): Promise<string> {
  (await connectTo(admin)).destroy();
  return 'accepted another';
}

describe('metrics', () => {
  it('show what was counted, times in seconds', async () => {
    const admin = await start();
    const produce = admin.metrics.request('Produce');
    produce.answered('NONE', 0.2, 100, 50);
    produce.answered('NONE', 3, 100, 50);
    produce.answered('MESSAGE_TOO_LARGE', 40_000, 1000, 50);
    const orders = admin.metrics.topic('orders');
    orders.producedRecords.add(3);
    orders.producedBytes.add(300);
    orders.fetchedRecords.add(2);
    orders.fetchedBytes.add(200);
    admin.metrics.topic('gone').producedBytes.add(1);
    admin.metrics.forgetTopic('gone');
    admin.metrics.connectionsAccepted.add();
    admin.metrics.connectionRefused('max_connections');
    admin.metrics.syncDurationMs.observe(2);
    admin.server.open();
    const samples = Object.fromEntries(await scrape(admin));
    expect(samples).toMatchObject({
      'streambus_build_info{version="1.2.3"}': '1',
      'streambus_requests_total{api="Produce",error="NONE"}': '2',
      'streambus_requests_total{api="Produce",error="MESSAGE_TOO_LARGE"}': '1',
      'streambus_request_duration_seconds_bucket{api="Produce",le="0.0001"}': '0',
      'streambus_request_duration_seconds_bucket{api="Produce",le="0.00025"}': '1',
      'streambus_request_duration_seconds_bucket{api="Produce",le="0.005"}': '2',
      'streambus_request_duration_seconds_bucket{api="Produce",le="30"}': '2',
      'streambus_request_duration_seconds_bucket{api="Produce",le="+Inf"}': '3',
      'streambus_request_duration_seconds_sum{api="Produce"}': '40.0032',
      'streambus_request_duration_seconds_count{api="Produce"}': '3',
      'streambus_request_bytes_total{api="Produce"}': '1200',
      'streambus_response_bytes_total{api="Produce"}': '150',
      'streambus_produced_records_total{topic="orders"}': '3',
      'streambus_produced_bytes_total{topic="orders"}': '300',
      'streambus_fetched_records_total{topic="orders"}': '2',
      'streambus_fetched_bytes_total{topic="orders"}': '200',
      streambus_connections_accepted_total: '1',
      'streambus_connections_refused_total{reason="max_connections"}': '1',
      'streambus_sync_duration_seconds_bucket{le="0.001"}': '0',
      'streambus_sync_duration_seconds_bucket{le="0.0025"}': '1',
      streambus_sync_duration_seconds_count: '1',
      streambus_scrape_omitted_series: '0',
    });
    expect(Object.keys(samples).filter((name) => name.includes('gone'))).toEqual([]);
  });

  it('read the rest from their sources at each scrape', async () => {
    let connections = 2;
    const admin = await start({ sources: () => ({ ...sources, connections: () => connections }) });
    admin.server.open();
    expect(Object.fromEntries(await scrape(admin))).toMatchObject({
      streambus_connections: '2',
      'streambus_partitions{role="leader"}': '1',
      'streambus_partitions{role="follower"}': '1',
      'streambus_partition_size_bytes{topic="orders",partition="0"}': '4096',
      'streambus_partition_log_start_offset{topic="orders",partition="0"}': '5',
      'streambus_partition_log_end_offset{topic="orders",partition="0"}': '20',
      'streambus_partition_high_watermark_offset{topic="orders",partition="0"}': '18',
      'streambus_groups{state="Stable"}': '1',
      'streambus_groups{state="Empty"}': '1',
      'streambus_group_members{group="billing"}': '3',
      'streambus_group_lag_records{group="billing",topic="orders",partition="0"}': '7',
      'streambus_queue_depth{queue="log append",unit="bytes"}': '10',
      'streambus_queue_limit{queue="log append",unit="bytes"}': '1000',
      'streambus_raft_role{role="leader"}': '1',
      'streambus_raft_role{role="follower"}': '0',
      streambus_raft_term: '4',
      streambus_raft_last_index: '12',
      streambus_raft_commit_index: '11',
      streambus_raft_applied_index: '10',
    });
    connections = 3;
    expect((await scrape(admin)).get('streambus_connections')).toBe('3');
  });

  it('show the process: processor, memory, event-loop delay', async () => {
    const admin = await start();
    admin.server.open();
    const names = [...(await scrape(admin)).keys()];
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ]) {
      expect(names).toContain(name);
    }
  });

  it('each have a HELP line and a type, and names that Prometheus allows', async () => {
    const admin = await start();
    admin.server.open();
    const text = await (await admin.get('/metrics')).text();
    const typed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({
      name: name ?? '',
      type: type ?? '',
    }));
    const helped = new Set([...text.matchAll(/^# HELP (\S+) \S.*$/gm)].map(([, name]) => name));
    expect(typed.length).toBeGreaterThan(30);
    for (const { name, type } of typed) {
      expect(helped).toContain(name);
      expect(name).toMatch(/^[a-z_][a-z0-9_]*$/);
      if (type === 'counter' && name.startsWith('streambus_')) expect(name).toMatch(/_total$/);
      if (type === 'histogram' && name.startsWith('streambus_')) expect(name).toMatch(/_seconds$/);
    }
    expect(new Set(typed.map(({ name }) => name)).size).toBe(typed.length);
  });

  it('leave out series beyond a bound, and say how many', async () => {
    const lags = Array.from({ length: 10_005 }, (_, partition) => ({
      group: 'g',
      topic: 't',
      partition,
      lagRecords: 1,
    }));
    const admin = await start({ sources: () => ({ ...sources, lags: () => lags }) });
    admin.server.open();
    const samples = await scrape(admin);
    expect([...samples.keys()].filter((name) => name.startsWith('streambus_group_lag_records'))).toHaveLength(10_000);
    expect(samples.get('streambus_scrape_omitted_series')).toBe('5');
  });

  it('escape what a client may put into a name', async () => {
    const admin = await start({
      sources: () => ({ ...sources, groups: () => [{ group: 'a"b\\c\nd', state: 'Empty', members: 0 }] }),
    });
    admin.server.open();
    expect((await scrape(admin)).get('streambus_group_members{group="a\\"b\\\\c\\nd"}')).toBe('0');
  });
});

describe('the listener', () => {
  it('tells at / what else there is, and 404 elsewhere', async () => {
    const admin = await start();
    admin.server.open();
    expect(await (await admin.get('/')).json()).toMatchObject({ name: 'streambus', version: '1.2.3' });
    const missing = await admin.get('/nothing');
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { error: 'no GET /nothing here', paths: expect.anything() },
    ]);
  });

  it('listens on IPv6', async () => {
    const admin = await start({ host: '::1' });
    admin.server.open();
    expect((await admin.get('/health/live')).status).toBe(200);
  });

  it('says which address it cannot have', async () => {
    const { server } = await start();
    const taken = startAdminServer(
      { listen: server.address, version: '1' },
      {
        clock: nodeClock,
        logger: silentLogger,
        metrics: createBrokerMetrics(),
        sources: () => sources,
        readiness: () => [],
      },
    );
    await expect(taken).rejects.toThrow(NetworkError);
    await expect(taken).rejects.toMatchObject({
      code: 'NETWORK_ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${server.address.port}`),
    });
  });

  it('drops a connection that says nothing for ten seconds', async () => {
    const clock = createManualClock();
    const admin = await start({ clock });
    admin.server.open();
    const gone = closeOf(await connectTo(admin));
    // Connections are taken in order: when this one is answered, the silent one is being listened to.
    await answerOnNewConnection(admin);
    await clock.advance(10_000);
    expect(await gone).toBe('closed');
  });

  it('refuses the connection that is one too many', async () => {
    const admin = await start({ clock: createManualClock() });
    const kept: Socket[] = [];
    for (let count = 0; count < 100; count += 1) kept.push(await connectTo(admin));
    expect(await closeOf(await connectTo(admin))).toBe('closed');
    for (const socket of kept) socket.destroy();
  });

  it('closes before it was opened, dropping who waits', async () => {
    const admin = await start({ clock: createManualClock() });
    const waiting = expect(admin.get('/health/live')).rejects.toThrow();
    await acceptedAnother(admin);
    await admin.server.close();
    await waiting;
  });

  it('closes though a client keeps its connection, and frees the port', async () => {
    const { server } = await start();
    server.open();
    const { port } = server.address;
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        { port, path: '/health/live', agent: false, headers: { connection: 'keep-alive' } },
        (response) => {
          response.resume().on('end', resolve);
        },
      );
      asked.on('error', reject).end();
    });
    const half = connect(port, '127.0.0.1');
    half.on('error', () => {});
    await server.close();
    await server.close();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    half.destroy();
  });
});

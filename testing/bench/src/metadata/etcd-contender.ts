import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasProgram, makeTemporaryFolder } from '@streambus-testing/harness';
import type { Contender, WayIn } from './contender.ts';
import { connectEtcd, type EtcdClient, type EtcdStatus, putRequest } from './etcd-client.ts';
import { runLoad } from './load.ts';

const memberCount = 3;
const patienceMs = 30_000;
const pollMs = 50;

/** Whether etcd is on this machine. */
export function hasEtcd(): boolean {
  return hasProgram('etcd');
}

/** Three members with etcd's own defaults, which sync every put to the disk before they answer; the load is made in this process, by gRPC. */
export async function startEtcd(places: number, putBytes: number): Promise<Contender> {
  const beganMs = performance.now();
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await makeTemporaryFolder());
  const ports = await freePorts(2 * memberCount);
  const clientPorts = ports.slice(0, memberCount);
  const members = startMembers(folder.path, clientPorts, ports.slice(memberCount));
  for (const member of members) starting.defer(() => end(member));
  const clients = clientPorts.map((port) => starting.adopt(connectEtcd(port), (client) => client.close()));
  const leader = await untilLed(clients);
  const requests = Array.from({ length: places }, (_, place) => putRequest(keyOf(place), putBytes));
  const at = (wayIn: WayIn): EtcdClient => {
    const client = clients.find((_, index) => (index === leader) === (wayIn === 'leader'));
    if (client === undefined) throw new Error(`there is no ${wayIn}`);
    return client;
  };
  const started = starting.move();
  return {
    name: 'etcd',
    startMs: performance.now() - beganMs,
    pids: members.map(({ pid }) => pid ?? -1),
    clientPid: () => process.pid,
    async load(wayIn, load) {
      const client = at(wayIn);
      const figures = await runLoad(load, (place) => client.put(requests[place] as Uint8Array));
      const now = await untilLed(clients);
      if (now !== leader) throw new Error('another member of etcd leads under load');
      return figures;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function startMembers(folder: string, clientPorts: readonly number[], peerPorts: readonly number[]): ChildProcess[] {
  const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const names = clientPorts.map((_, index) => `member-${index}`);
  const cluster = names.map((name, index) => `${name}=${url(peerPorts[index])}`).join(',');
  return names.map((name, index) => {
    const settings = {
      name,
      'data-dir': join(folder, name),
      'listen-client-urls': url(clientPorts[index]),
      'advertise-client-urls': url(clientPorts[index]),
      'listen-peer-urls': url(peerPorts[index]),
      'initial-advertise-peer-urls': url(peerPorts[index]),
      'initial-cluster': cluster,
      logger: 'zap',
      'log-level': 'error',
    };
    const parameters = Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
    const member = spawn('etcd', parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
    // It would live on unseen without the process that watches it.
    process.once('exit', () => member.kill('SIGKILL'));
    return member;
  });
}

async function end(member: ChildProcess): Promise<void> {
  if (member.exitCode !== null || member.signalCode !== null) return;
  const ended = once(member, 'exit');
  member.kill('SIGKILL');
  await ended;
}

/** Waits until all members follow one of them. @returns its index */
async function untilLed(clients: readonly EtcdClient[]): Promise<number> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const statuses = await Promise.all(clients.map((client) => client.status().catch((error: Error) => error)));
    const answers = statuses.filter((status): status is EtcdStatus => !(status instanceof Error));
    const leaderId = answers[0]?.leaderId ?? 0n;
    if (leaderId !== 0n && answers.length === clients.length && answers.every((one) => one.leaderId === leaderId)) {
      return answers.findIndex(({ memberId }) => memberId === leaderId);
    }
    if (performance.now() > untilMs) {
      const cause = statuses.find((status) => status instanceof Error);
      throw new Error(`etcd has had no leader for ${patienceMs} ms`, { cause });
    }
    await delay(pollMs);
  }
}

/** etcd has to be told its peers' ports before any of them listens. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a listener has no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function keyOf(place: number): string {
  return `orders-of-region-${String(place).padStart(6, '0')}`;
}

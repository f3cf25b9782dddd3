import { readdirSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { LogFields, Logger } from '@streambus/runtime';
import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { type Channel, createTransport, type Peer } from '@streambus/transport';
import {
  badPeerIds,
  channelList,
  channels,
  clusterId,
  comparedChannels,
  host,
  limits,
  victimId,
  witnessIds,
} from './plan.ts';
import type { Received, VictimRequest, VictimSample, VictimStatus } from './victim.ts';

/** The process that is attacked: a transport, and what the attack is compared with. */
const transport = createTransport(
  { clusterId, nodeId: victimId, listen: { host, port: 0 }, channels: channelList, ...limits },
  { clock: nodeClock, random: nodeRandom, network: createNodeNetwork(), logger: lineLogger({}) },
);

const witnesses = new Set<number>(Object.values(witnessIds));
const status: VictimStatus = { witnessMessages: {}, witnessProblems: [] };
const checksums = new Map<string, number>();
const talk = setInterval(talkToPeers, 5);
let talks = 0;
const keptProblems = 10;
const longMessage = Buffer.alloc(limits.maxMessageBytes, 'l');
const message = Buffer.alloc(16 * 1024, 'm');
const shortMessage = Buffer.alloc(100, 's');

transport.receive(channels.questions, (from, question) => {
  if (witnesses.has(from)) answerWitness(from, question);
});
transport.receive(channels.answers, () => {});
transport.receive(channels.json, () => {});
for (const channel of comparedChannels) transport.receive(channel, (from, bytes) => addTo(from, channel, bytes));
transport.subscribe({
  onPeerDown(id, reason) {
    if (witnesses.has(id)) report(`the victim lost witness ${id}: ${reason}`);
  },
});

function report(problem: string): void {
  if (status.witnessProblems.length < keptProblems) status.witnessProblems.push(problem);
}

/** A question is its number, and whatever the witness wrote after it. */
function answerWitness(from: number, question: Uint8Array): void {
  const expected = status.witnessMessages[from] ?? 0;
  const number = new DataView(question.buffer, question.byteOffset).getFloat64(0);
  if (number !== expected) report(`witness ${from}: ${number} came where ${expected} was due`);
  status.witnessMessages[from] = number + 1;
  const sent = transport.send(from, channels.answers, question);
  if (sent !== 'queued') report(`an answer to witness ${from} was not queued: ${sent}`);
}

function addTo(from: number, channel: Channel<Uint8Array>, bytes: Uint8Array): void {
  const key = `${from} ${channel.name}`;
  checksums.set(key, crc32(bytes, checksums.get(key) ?? 0));
}

function talkToPeers(): void {
  talks++;
  for (const id of badPeerIds.talkedTo) {
    transport.send(id, channels.urgent, shortMessage);
    transport.send(id, channels.bytes, message);
    transport.send(id, channels.bulk, talks % 8 === 0 ? longMessage : message);
    transport.send(id, channels.json, { talks });
  }
}

function received(): Received {
  const byPeer: Received = {};
  for (const peer of transport.metrics().peers) {
    const byChannel = Object.entries(peer.channels).map(([name, { receivedMessages, receivedBytes }]) => {
      const checksum = checksums.get(`${peer.id} ${name}`) ?? 0;
      return [name, { messages: receivedMessages, bytes: receivedBytes, checksum }] as const;
    });
    byPeer[peer.id] = { channels: Object.fromEntries(byChannel), disconnects: peer.disconnects };
  }
  return byPeer;
}

function sample(): VictimSample {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const metrics = transport.metrics();
  return {
    rss,
    heapUsed,
    external,
    arrayBuffers,
    descriptors: openDescriptors(),
    resources: countEach(process.getActiveResourcesInfo()),
    metrics,
  };
}

function openDescriptors(): number | undefined {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : undefined;
}

function countEach(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Lines as pino writes them. */
function lineLogger(fields: LogFields): Logger {
  const at =
    (level: string) =>
    (own: LogFields, message: string): void =>
      void process.stderr.write(`${JSON.stringify({ level, ...fields, ...own, msg: message })}\n`);
  return {
    debug: () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => lineLogger({ ...fields, ...more }),
  };
}

async function stop(): Promise<void> {
  clearInterval(talk);
  await transport.stop();
  // Nothing but the transport could hold the process now.
  process.disconnect();
}

async function answer(request: VictimRequest): Promise<unknown> {
  switch (request.name) {
    case 'start':
      await transport.start();
      return transport.address?.port;
    case 'setPeers':
      transport.setPeers(request.peers as readonly Peer[]);
      checksums.clear();
      return undefined;
    case 'sample':
      return sample();
    case 'received':
      return received();
    case 'status':
      return status;
    case 'collect':
      globalThis.gc?.();
      globalThis.gc?.();
      return undefined;
    case 'stop':
      return undefined;
  }
}

process.on('message', (request: VictimRequest) => {
  void answer(request).then((result) => {
    process.send?.({ id: request.id, result });
    if (request.name === 'stop') void stop();
  });
});
// Whoever attacks is gone.
process.on('disconnect', () => void transport.stop());

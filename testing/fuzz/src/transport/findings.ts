import type { RefusalReason } from '@streambus/transport';
import type { Expectations } from './attack.ts';
import { badPeerIds } from './plan.ts';
import type { Received, Victim, VictimSample } from './victim.ts';

const mib = 1024 * 1024;
/** A leak of a kilobyte for each connection of the short run would be more. */
const keptHeapBytes = 3 * mib;
const keptBufferBytes = 2 * mib;
/** What malloc and V8 keep for the next time. */
const keptRssBytes = 96 * mib;
const quietTimeoutMs = 20_000;

/** The others also answer badly, where nobody knows whether that became a connection. */
const isEndingKnown = new Set<number>(badPeerIds.checked);

/** Compares what came with what was sent, and how connections ended with how they had to. */
export function compareReceived(
  expected: Expectations,
  received: Received,
): { readonly problems: readonly string[]; readonly messages: number } {
  const problems: string[] = [];
  let messages = 0;
  for (const [id, { channels, disconnects }] of Object.entries(expected)) {
    const record = received[Number(id)];
    for (const [name, sent] of Object.entries(channels)) {
      messages += sent.messages;
      const came = record?.channels[name];
      const isEqual = came?.messages === sent.messages && came.bytes === sent.bytes;
      if (isEqual && (sent.checksum === 0 || came.checksum === sent.checksum)) continue;
      problems.push(`of peer ${id} on '${name}' came ${JSON.stringify(came)}, not ${JSON.stringify(sent)}`);
    }
    if (!isEndingKnown.has(Number(id))) continue;
    const [ended, due] = [JSON.stringify(record?.disconnects), JSON.stringify(disconnects)];
    if (ended !== due) problems.push(`connections of peer ${id} ended so: ${ended}, not so: ${due}`);
  }
  return { problems, messages };
}

/** What is still there when everything is over. */
export function findLeaks(start: VictimSample, end: VictimSample): readonly string[] {
  const grown = (what: string, before: number, after: number, allowed: number): string[] =>
    after - before > allowed ? [`${what} went from ${before} to ${after}, by more than ${allowed}`] : [];
  return [
    ...grown('the heap', start.heapUsed, end.heapUsed, keptHeapBytes),
    ...grown('memory of buffers', start.arrayBuffers, end.arrayBuffers, keptBufferBytes),
    ...grown('external memory', start.external, end.external, keptBufferBytes),
    ...grown('resident memory', start.rss, end.rss, keptRssBytes),
    ...grown('open descriptors', start.descriptors ?? 0, end.descriptors ?? 0, 0),
    ...grown('sockets', start.resources['TCPSocketWrap'] ?? 0, end.resources['TCPSocketWrap'] ?? 0, 0),
    ...grown('timers', start.resources['Timeout'] ?? 0, end.resources['Timeout'] ?? 0, 0),
  ];
}

/** The refusals that an attack of any length brings about; one that did not come shows an attack that does not reach so far. */
const certain: readonly RefusalReason[] = [
  'malformed',
  'version',
  'wrong-cluster',
  'unknown-node',
  'wrong-node',
  'self',
  'duplicate-node',
  'other-direction',
  'timeout',
];

/** What the attack ought to have brought about, and did not. */
export function findMissed({ metrics }: VictimSample): readonly string[] {
  const refusals = certain.filter((reason) => metrics.refusedHandshakes[reason] === 0);
  const isProtocolHeld = metrics.peers.some(({ disconnects }) => disconnects.protocol > 0);
  const isReplaced = metrics.peers.some(({ disconnects }) => disconnects.replaced > 0);
  return [
    ...refusals.map((reason) => `no handshake was refused as '${reason}'`),
    ...(isProtocolHeld ? [] : ['no connection was ended for what a peer sent']),
    ...(isReplaced ? [] : ['no connection was replaced']),
  ];
}

/** Waits until only the witnesses are connected. @returns what else is there after a time in which nothing should be */
export function untilQuiet(victim: Victim, witnesses: number): Promise<string | undefined> {
  return settled(victim, ({ metrics: { peers, handshakesInProgress } }) => {
    const connected = peers.filter((peer) => peer.connected).length;
    if (connected === witnesses && handshakesInProgress === 0) return undefined;
    return `when all was over, ${connected} peers and ${handshakesInProgress} handshakes were left`;
  });
}

/** Waits until the witnesses' connections are all there is. @returns what else is there after a time in which nothing should be */
export function untilAlone(victim: Victim, witnesses: number): Promise<string | undefined> {
  return settled(victim, ({ resources }) => {
    const { TCPSocketWrap: sockets = 0, ConnectWrap: attempts = 0 } = resources;
    if (sockets === witnesses && attempts === 0) return undefined;
    return `when the witnesses were the only peers, ${sockets} sockets and ${attempts} attempts were left`;
  });
}

async function settled(
  victim: Victim,
  look: (sample: VictimSample) => string | undefined,
): Promise<string | undefined> {
  const deadline = performance.now() + quietTimeoutMs;
  for (;;) {
    const problem = look(await victim.sample());
    if (problem === undefined || performance.now() > deadline) return problem;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

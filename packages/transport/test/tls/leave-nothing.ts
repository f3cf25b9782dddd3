import { writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { authority, carelessTls, connected, host, logged, notes, nowhere, startTlsNode, until } from './tls-node.ts';
import { dialTls, optionsOf } from './tls-stranger.ts';

/*
 * A process that uses TLS in every way that could leave something behind, stops its transports, prints what is left of them that keeps a
 * process alive, and has then nothing to do: it ends by itself, or never.
 */

// Node makes it when the first socket is destroyed, and keeps it.
void process.stderr;
const before = process.getActiveResourcesInfo();

const nodes = [
  await startTlsNode({ nodeId: 1, pingIntervalMs: 10, idleTimeoutMs: 1000 }),
  await startTlsNode({ nodeId: 2 }),
  await startTlsNode({ nodeId: 3 }),
] as const;
const [one, two, three] = nodes;
for (const { transport } of nodes) transport.setPeers(nodes.map(({ asPeer }) => asPeer));
await connected(...nodes);

// Messages, some of them still queued at the end; a reload; idle for a while.
one.transport.send(2, notes, { text: 'hello' });
await until('it has arrived', () => two.received.length === 1);
one.transport.reloadCredentials(authority.issue({ names: ['node-1'] }));
const { count } = one.metricsOf(2).roundTripMs;
await until('there were pings', () => one.metricsOf(2).roundTripMs.count > count + 5);

// A peer that is refused, over and over again.
const liar = await startTlsNode({
  nodeId: 4,
  tls: { credentials: authority.issue({ names: ['node-3'] }) },
  tlsPort: carelessTls(['node-4']),
});
one.transport.setPeers([two.asPeer, three.asPeer, { id: 4, address: nowhere }]);
liar.transport.setPeers([one.asPeer]);
await logged(liar, 'a peer cannot be reached', { failure: 'certificate-name' });

// Handshakes that are under way when it stops: before TLS, in it, and after it.
const silent: Socket[] = [connect({ host, port: one.port }), connect({ host, port: one.port })];
silent[1]?.write(Buffer.of(0x16, 3, 1, 1, 0xf4, 1));
const mute = await dialTls(one.port, optionsOf(authority.issue({ names: ['node-2'] })));
await until('they are under way', () => one.transport.metrics().handshakesInProgress >= 3);

for (let note = 0; note < 100; note++) one.transport.send(2, notes, { text: 'x'.repeat(100_000) });
await Promise.all([...nodes, liar].map(({ transport }) => transport.stop()));
for (const socket of [...silent, mute.socket]) {
  // A stop ended them; what stays of them is this process's own end.
  await new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

/** Beyond those that were there before. */
function resourcesLeft(): readonly string[] {
  const rest = [...before];
  return process.getActiveResourcesInfo().filter((resource) => {
    const at = rest.indexOf(resource);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

// What was asked of a turn to come, and sockets that are closed, go with the turn; a timer, socket or listener does not.
for (let turn = 0; turn < 3 && resourcesLeft().length > 0; turn++) await new Promise(setImmediate);
writeSync(1, JSON.stringify(resourcesLeft()));

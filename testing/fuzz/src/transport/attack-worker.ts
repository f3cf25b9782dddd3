import { parentPort, workerData } from 'node:worker_threads';
import { type AttackCounts, type AttackResult, attack } from './attack.ts';
import { DialledPeer } from './other-peers.ts';
import { badPeerIds } from './plan.ts';

/** What the thread is started with. */
export interface AttackWorkerData {
  readonly port: number;
  readonly bytes: number;
  readonly seed: number;
  readonly isPatient: boolean;
}

/** What the thread says. After `listening` it waits for anything to be said to it. */
export type AttackMessage =
  | { readonly kind: 'listening'; readonly ports: Readonly<Record<number, number>> }
  | { readonly kind: 'counts'; readonly counts: AttackCounts }
  | { readonly kind: 'done'; readonly result: AttackResult };

if (parentPort === null) throw new Error('this is started as a worker');
const parent = parentPort;
const say = (message: AttackMessage): void => parent.postMessage(message);

const dialled = await Promise.all(badPeerIds.dialled.map((id) => DialledPeer.listen(id)));
const goAhead = new Promise((resolve) => parent.once('message', resolve));
say({ kind: 'listening', ports: Object.fromEntries(dialled.map(({ nodeId, port }) => [nodeId, port])) });
await goAhead;
const result = await attack({
  ...(workerData as AttackWorkerData),
  dialled,
  onCounts: (counts) => say({ kind: 'counts', counts }),
});
for (const peer of dialled) peer.close();
say({ kind: 'done', result });

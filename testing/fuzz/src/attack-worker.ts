import { parentPort, workerData } from 'node:worker_threads';
import { type AttackCounts, type AttackOptions, attack } from './attack.ts';
import { keepClean } from './cleaner.ts';
import { Dice } from './dice.ts';
import { halfSend, neverRead, openIdle, sendSlowly } from './misbehaviour.ts';

/** What the worker is given. */
export interface AttackWorkerData extends AttackOptions {
  readonly idleConnections: number;
  readonly idleAtOnce: number;
  /** How many connections of each bad manner there are. */
  readonly misbehaving: number;
}

/** What the worker says. */
export type AttackMessage =
  | { readonly kind: 'counts'; readonly counts: AttackCounts }
  | { readonly kind: 'large'; readonly name: string; readonly state: 'sent' | 'done' }
  | { readonly kind: 'done'; readonly counts: AttackCounts; readonly rest: AttackRest };

/** What happened beside the frames. */
export interface AttackRest {
  readonly idleOpenTogether: number;
  readonly topicsRemoved: number;
  /** How often the broker has ended a connection, by its bad manner. */
  readonly ended: Readonly<Record<string, number>>;
}

const options: AttackWorkerData = workerData;
const { port, idleConnections, idleAtOnce, misbehaving } = options;
const say = (message: AttackMessage): void => parentPort?.postMessage(message);

const counts: AttackCounts = { frames: {}, large: {}, connections: 0, answers: 0, ended: 0, givenUp: 0 };
const ticker = setInterval(() => say({ kind: 'counts', counts }), 1000);
const bad = {
  'never read': neverRead(port, misbehaving),
  'half sent': halfSend(port, misbehaving, 1024 * 1024),
  'slowly sent': sendSlowly(port, misbehaving, new Dice(options.seed + 1)),
};
const cleaner = keepClean(port);
const [idleOpenTogether] = await Promise.all([
  openIdle(port, idleConnections, idleAtOnce, 3000),
  attack(options, counts, (name, state) => say({ kind: 'large', name, state })),
]);
clearInterval(ticker);
const ended = Object.fromEntries(Object.entries(bad).map(([name, one]) => [name, one.ended]));
for (const one of Object.values(bad)) one.stop();
const topicsRemoved = await cleaner.stop();
say({ kind: 'done', counts, rest: { idleOpenTogether, topicsRemoved, ended } });

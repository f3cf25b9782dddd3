import type { Dice } from '../dice.ts';
import { validHello } from './hellos.ts';
import { badPeerIds, limits } from './plan.ts';
import { RawSocket } from './raw-socket.ts';
import { loopback } from './stage.ts';
import type { Victim } from './victim.ts';
import { encodeHello, magic } from './wire-bytes.ts';

/** How long good handshakes took: from before connect until the answer. */
export interface HandshakeTimes {
  readonly alone: readonly number[];
  /** While a hundred others dripped. */
  readonly besideSlow: readonly number[];
  /** How many of those the victim had open. */
  readonly slowOpen: number;
}

const slowHandshakes = 100;
const goodHandshakes = 100;
const excessHandshakes = 10;
const dripIntervalMs = 20;
const answerTimeoutMs = 30_000;
const eventTimeoutMs = 10_000;
const oneAddress = '127.0.2.1';

/** Times good handshakes alone, and beside a hundred whose bytes come one by one. */
export async function timeHandshakes(victim: Victim, dice: Dice, problems: string[]): Promise<HandshakeTimes> {
  const alone = await timeGood(victim.port, dice, problems);
  const slow = await Promise.all(
    Array.from({ length: slowHandshakes }, (_, lane) => RawSocket.dial(victim.port, loopback(lane))),
  );
  const hello = encodeHello(validHello(badPeerIds.contested[0], dice));
  let at = 0;
  const timer = setInterval(() => {
    // Not to its end: then it would be one that is complete.
    if (at < hello.length - 1) for (const socket of slow) socket.send(hello.subarray(at, at + 1));
    at++;
  }, dripIntervalMs);
  try {
    const slowOpen = await untilHandshakes(victim, (open) => open >= slowHandshakes);
    if (slowOpen < slowHandshakes) problems.push(`only ${slowOpen} of ${slowHandshakes} slow handshakes were open`);
    const besideSlow = await timeGood(victim.port, dice, problems);
    return { alone, besideSlow, slowOpen };
  } finally {
    clearInterval(timer);
    for (const socket of slow) socket[Symbol.dispose]();
  }
}

async function timeGood(port: number, dice: Dice, problems: string[]): Promise<readonly number[]> {
  const times: number[] = [];
  const hello = encodeHello(validHello(badPeerIds.timed[0], dice));
  while (times.length < goodHandshakes) {
    const startedMs = performance.now();
    const socket = await RawSocket.dial(port, undefined);
    socket.send(hello);
    await socket.untilAnswered(answerTimeoutMs);
    times.push(performance.now() - startedMs);
    if (socket.answer !== 'hello') problems.push('a good handshake was not answered');
    socket[Symbol.dispose]();
  }
  return times;
}

/** @returns how many the victim has open in the end */
async function untilHandshakes(victim: Victim, isEnough: (open: number) => boolean): Promise<number> {
  const deadline = performance.now() + eventTimeoutMs;
  for (;;) {
    const { metrics } = await victim.sample();
    const open = metrics.handshakesInProgress;
    if (isEnough(open) || performance.now() > deadline) return open;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Opens more handshakes than one address may have, and more than all may: the oldest have to go, and no others. */
export async function overflowHandshakes(victim: Victim, problems: string[]): Promise<void> {
  const all = limits.maxHandshakes;
  const problem =
    (await retried(() => overflow(victim, limits.maxHandshakesPerAddress, () => oneAddress))) ??
    (await retried(() => overflow(victim, all, (at) => loopback(at))));
  if (problem !== undefined) problems.push(problem);
}

/** On a machine that is so busy that handshakes are over time before all are open, nothing is learned: that is tried again. */
async function retried(look: () => Promise<string | undefined>): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const startedMs = performance.now();
    const problem = await look();
    const isConclusive = performance.now() - startedMs < limits.handshakeTimeoutMs;
    if (problem === undefined || isConclusive || attempt === 5) return problem;
  }
}

async function overflow(victim: Victim, bound: number, addressOf: (at: number) => string): Promise<string | undefined> {
  await untilHandshakes(victim, (open) => open === 0);
  const before = (await victim.sample()).metrics.refusedHandshakes['too-many'];
  const open = (count: number): Promise<readonly RawSocket[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const socket = await RawSocket.dial(victim.port, addressOf(at));
        socket.send(magic);
        return socket;
      }),
    );
  const old = await open(excessHandshakes);
  const young = await open(bound);
  const areGone = await Promise.all(old.map((socket) => socket.untilEnded(eventTimeoutMs)));
  const evicted = (await victim.sample()).metrics.refusedHandshakes['too-many'] - before;
  const [oldGone, youngGone] = [areGone.filter(Boolean).length, young.filter(({ isEnded }) => isEnded).length];
  for (const socket of [...old, ...young]) socket[Symbol.dispose]();
  if (oldGone === excessHandshakes && evicted === excessHandshakes && youngGone === 0) return undefined;
  const opened = bound + excessHandshakes;
  return `of ${opened} handshakes where ${bound} may be, ${evicted} were evicted; ${oldGone} of the oldest and ${youngGone} others were ended`;
}

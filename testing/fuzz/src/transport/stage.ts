import type { Dice } from '../dice.ts';
import { limits } from './plan.ts';
import { RawSocket } from './raw-socket.ts';

/** How much later than its limits say the victim may end a connection: a busy machine is slow, and for ever is longer. */
const slackMs = 20_000;

/** By when the victim has ended a connection that is no peer's yet, or on which nothing comes. */
export const endedWithinMs: number = Math.max(limits.handshakeTimeoutMs, limits.idleTimeoutMs) + slackMs;

const keptProblems = 20;
const addresses = 100;

/** What a stage of the attack has done. */
export interface StageCounts {
  bytes: number;
  connections: number;
  /** Those that the victim ended, while the attack kept them. */
  ended: number;
  /** Answers to handshakes that could only have one. */
  checkedAnswers: number;
  readonly kinds: Record<string, number>;
}

/** One part of the attack: so many bytes of one sort. */
export class Stage {
  readonly port: number;
  readonly counts: StageCounts = { bytes: 0, connections: 0, ended: 0, checkedAnswers: 0, kinds: {} };
  readonly problems: string[];
  readonly #budgetBytes: number;
  readonly #isPatient: boolean;

  /** @param isPatient - whether connections may wait until the victim has waited for long enough, which takes seconds */
  constructor(port: number, budgetBytes: number, isPatient: boolean, problems: string[]) {
    this.port = port;
    this.#budgetBytes = budgetBytes;
    this.#isPatient = isPatient;
    this.problems = problems;
  }

  get isOver(): boolean {
    return this.counts.bytes >= this.#budgetBytes;
  }

  /** Whether there is time to wait for the victim's time-outs: others are still at it meanwhile. */
  get isPatient(): boolean {
    return this.#isPatient && this.counts.bytes < this.#budgetBytes / 2;
  }

  /** @param lane - each has an address of its own, where the system has several */
  dial(lane: number): Promise<RawSocket> {
    this.counts.connections++;
    return RawSocket.dial(this.port, loopback(lane));
  }

  note(kind: string): void {
    this.counts.kinds[kind] = (this.counts.kinds[kind] ?? 0) + 1;
  }

  report(problem: string): void {
    if (this.problems.length < keptProblems) this.problems.push(problem);
  }

  /** Waits until the victim ends a connection that it cannot keep. */
  async expectEnd(socket: RawSocket, what: string): Promise<void> {
    if (await socket.untilEnded(endedWithinMs)) this.counts.ended++;
    else this.report(`${what}: the victim kept the connection for ${endedWithinMs} ms`);
  }

  /** Counts what a connection has carried, and is done with it. */
  close(socket: RawSocket): void {
    this.counts.bytes += socket.takenBytes;
    socket[Symbol.dispose]();
  }
}

/** One of the addresses of this machine. */
export function loopback(lane: number): string {
  return `127.0.1.${1 + (lane % addresses)}`;
}

/** Sends in pieces of all sizes. */
export async function sendInPieces(socket: RawSocket, bytes: Buffer, dice: Dice): Promise<void> {
  const roll = dice.below(100);
  if (roll < 40) {
    socket.send(bytes);
    return;
  }
  if (roll < 50 && bytes.length <= 600) {
    for (let at = 0; at < bytes.length && !socket.isEnded; at++)
      await sendAndLetPass(socket, bytes.subarray(at, at + 1));
    return;
  }
  for (let at = 0; at < bytes.length && !socket.isEnded; ) {
    const length = dice.chance(30) ? dice.between(1, 12) : dice.between(1, Math.max(1, bytes.length));
    await sendAndLetPass(socket, bytes.subarray(at, at + length));
    at += length;
  }
}

/** So that the victim has it as a piece of its own, as a rule. */
async function sendAndLetPass(socket: RawSocket, piece: Buffer): Promise<void> {
  await socket.sendAll(piece);
  await new Promise((resolve) => setImmediate(resolve));
}

import { Dice } from '../dice.ts';
import { emptyRecord, type PeerRecord, runCheckedPeer } from './checked-peer.ts';
import { runHalfHandshake } from './half-handshakes.ts';
import { type DialledPeer, runContested, runTalkedTo } from './other-peers.ts';
import { badPeerIds } from './plan.ts';
import { Stage, type StageCounts } from './stage.ts';
import { runStranger } from './strangers.ts';

/** The parts of the attack, each with its share of the bytes in percent. */
const shares = {
  'before the handshake': 20,
  'during the handshake': 10,
  'after it, compared': 45,
  'after it, talked to': 5,
  'after it, contested': 10,
  'dialled by the victim': 10,
} as const;

/** A part of the attack. */
export type StageName = keyof typeof shares;

/** What an attack has done so far. */
export type AttackCounts = Readonly<Record<StageName, StageCounts>>;

/** What an attack has found. */
export interface AttackResult {
  readonly counts: AttackCounts;
  readonly problems: readonly string[];
  /** What must have come from the peers that are compared. */
  readonly expected: Expectations;
}

/** By peer. */
export type Expectations = Record<number, PeerRecord>;

/** What to attack, and how much. */
export interface AttackOptions {
  readonly port: number;
  readonly bytes: number;
  readonly seed: number;
  /** Whether some connections wait for the victim's time-outs. */
  readonly isPatient: boolean;
  readonly dialled: readonly DialledPeer[];
  onCounts(counts: AttackCounts): void;
}

const strangers = 32;
const halfHandshakes = 16;
const contenders = 6;
const countsIntervalMs = 500;

/** Everything at once, until the bytes are sent. */
export async function attack(options: AttackOptions): Promise<AttackResult> {
  const { port, bytes, seed, isPatient, dialled } = options;
  const problems: string[] = [];
  const stages = Object.fromEntries(
    Object.entries(shares).map(([name, percent]) => [
      name,
      new Stage(port, (bytes * percent) / 100, isPatient, problems),
    ]),
  ) as Record<StageName, Stage>;
  const counts = Object.fromEntries(
    Object.entries(stages).map(([name, stage]) => [name, stage.counts]),
  ) as unknown as AttackCounts;
  const expected: Expectations = {};
  const running: Promise<void>[] = [];
  const run = (name: StageName, go: (stage: Stage, lane: number, dice: Dice) => Promise<void>): void => {
    const lane = running.length;
    running.push(go(stages[name], lane, new Dice(seed * 1000 + lane)));
  };
  for (let one = 0; one < strangers; one++) run('before the handshake', runStranger);
  for (let one = 0; one < halfHandshakes; one++) run('during the handshake', runHalfHandshake);
  for (const id of badPeerIds.checked) {
    const sent = emptyRecord();
    expected[id] = sent;
    run('after it, compared', (stage, lane, dice) => runCheckedPeer(stage, lane, dice, id, sent));
  }
  for (const id of badPeerIds.talkedTo) {
    run('after it, talked to', (stage, lane, dice) => runTalkedTo(stage, lane, dice, id));
  }
  for (let one = 0; one < contenders; one++) {
    const [id] = badPeerIds.contested;
    run('after it, contested', (stage, lane, dice) => runContested(stage, lane, dice, id));
  }
  for (const peer of dialled) {
    const sent = emptyRecord();
    expected[peer.nodeId] = sent;
    run('dialled by the victim', (stage, lane, dice) => peer.run(stage, lane, dice, sent));
  }
  const timer = setInterval(() => options.onCounts(counts), countsIntervalMs);
  await Promise.all(running).finally(() => clearInterval(timer));
  return { counts, problems, expected };
}

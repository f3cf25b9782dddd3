import type { RefusalReason } from '@streambus/transport';
import type { Dice } from '../dice.ts';
import { otherProtocols } from '../other-protocols.ts';
import { badHelloNames, badHellos, randomRefusal, refusalOf, validHello } from './hellos.ts';
import { badPeerIds } from './plan.ts';
import type { RawSocket } from './raw-socket.ts';
import { type Stage, sendInPieces } from './stage.ts';
import { encodeFrame, encodeHandshake, encodeHello, kinds, magic } from './wire-bytes.ts';

/** What comes instead of a hello. */
const openings: Readonly<Record<string, (dice: Dice) => Buffer>> = {
  nothing: () => Buffer.of(),
  'random bytes': (dice) => dice.bytes(dice.between(1, dice.pick([8, 200, 3000]))),
  'the magic and random bytes': (dice) => Buffer.concat([magic, dice.bytes(dice.between(1, 500))]),
  'a part of the magic': () => magic.subarray(0, 3),
  'another protocol': (dice) => dice.pick(otherProtocols),
  'a huge length': (dice) =>
    encodeHandshake(dice.between(0, 3), dice.bytes(dice.below(300)), dice.pick([8193, 0xffff])),
  'a refusal': randomRefusal,
  'a frame': (dice) => encodeFrame(dice.pick(Object.values(kinds)), dice.below(3), dice.bytes(dice.below(50))),
  'half of a hello': (dice) => {
    const hello = encodeHello(validHello(badPeerIds.contested[0], dice));
    return hello.subarray(0, Math.floor(hello.length / 2));
  },
};
const openingNames = Object.keys(openings);
const surelyMalformed = new Set(['another protocol', 'a huge length', 'a frame']);

/** How often of 100 a connection stays until the victim ends it. */
const stays = 4;
const shortWaitMs = 20;
const longWaitMs = 10_000;

/** What a stranger says. */
interface Saying {
  readonly kind: string;
  readonly bytes: Buffer;
  /** How the victim has to answer, where there is only one way. */
  readonly refusal: RefusalReason | undefined;
}

/** Whoever is not a peer, one connection after the other. */
export async function runStranger(stage: Stage, lane: number, dice: Dice): Promise<void> {
  while (!stage.isOver) {
    const saying = draw(dice);
    stage.note(saying.kind);
    const socket = await stage.dial(lane);
    await sendInPieces(socket, saying.bytes, dice);
    const roll = dice.below(100);
    if (roll < stays && stage.isPatient) await stage.expectEnd(socket, `a stranger with ${saying.kind}`);
    else if (roll < 40) await socket.untilAnswered(saying.refusal === undefined ? shortWaitMs : longWaitMs);
    else if (roll < 70) socket.finish();
    else if (roll < 85) socket.reset();
    checkAnswer(stage, socket, saying);
    stage.close(socket);
  }
}

function checkAnswer(stage: Stage, { answer, refusal }: RawSocket, { kind, refusal: due }: Saying): void {
  if (due === undefined || answer === undefined) return;
  stage.counts.checkedAnswers++;
  if (refusal !== due) stage.report(`${kind} was answered by ${refusal ?? answer}, not by ${due}`);
}

function draw(dice: Dice): Saying {
  if (dice.chance(40)) {
    const kind = dice.pick(openingNames);
    const refusal = surelyMalformed.has(kind) ? 'malformed' : undefined;
    return { kind, bytes: openings[kind]?.(dice) ?? Buffer.of(), refusal };
  }
  const kind = dice.pick(badHelloNames);
  const bytes = badHellos[kind](validHello(badPeerIds.contested[0], dice), dice);
  return { kind: `hello: ${kind}`, bytes, refusal: refusalOf[kind] };
}

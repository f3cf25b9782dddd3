import type { Dice } from '../dice.ts';
import { badHelloNames, badHellos, randomRefusal, validHello } from './hellos.ts';
import { badPeerIds } from './plan.ts';
import type { RawSocket } from './raw-socket.ts';
import { type Stage, sendInPieces } from './stage.ts';
import { encodeHello, magic } from './wire-bytes.ts';

const answerTimeoutMs = 5000;
/** How often of 100 nothing follows. */
const silent = 3;

/** What follows a hello that is right. Empty: the victim waits for it. */
const sequels: Readonly<Record<string, (dice: Dice, hello: Buffer) => Buffer>> = {
  garbage: (dice) => dice.bytes(dice.between(1, 1500)),
  'garbage after the magic': (dice) => Buffer.concat([magic, dice.bytes(dice.between(1, 1500))]),
  'a part of the magic': (dice) => magic.subarray(0, dice.between(1, 3)),
  'a refusal': randomRefusal,
  'two refusals': (dice) => Buffer.concat([randomRefusal(dice), randomRefusal(dice)]),
  'a second hello': (_dice, hello) => hello,
  'a bad hello': (dice) => badHellos[dice.pick(badHelloNames)](validHello(badPeerIds.contested[0], dice), dice),
  'a part of a hello': (dice, hello) => hello.subarray(0, dice.between(1, hello.length - 1)),
};
const sequelNames = Object.keys(sequels);

/** Whoever begins as a peer does, and does not go on as one. */
export async function runHalfHandshake(stage: Stage, lane: number, dice: Dice): Promise<void> {
  while (!stage.isOver) {
    const isSilent = dice.chance(silent) && stage.isPatient;
    const kind = isSilent ? 'silence' : dice.pick(sequelNames);
    stage.note(kind);
    const hello = encodeHello({
      ...validHello(badPeerIds.contested[0], dice),
      incarnation: dice.below(4),
      instance: dice.bytes(8),
    });
    const sequel = sequels[kind]?.(dice, hello) ?? Buffer.of();
    const socket = await stage.dial(lane);
    await sayBoth(socket, hello, sequel, dice);
    if (isSilent) await stage.expectEnd(socket, 'a hello and silence');
    else await leave(socket, dice);
    stage.close(socket);
  }
}

async function sayBoth(socket: RawSocket, hello: Buffer, sequel: Buffer, dice: Dice): Promise<void> {
  if (dice.chance(50)) {
    await sendInPieces(socket, Buffer.concat([hello, sequel]), dice);
    return;
  }
  await sendInPieces(socket, hello, dice);
  await socket.untilAnswered(answerTimeoutMs);
  await sendInPieces(socket, sequel, dice);
}

async function leave(socket: RawSocket, dice: Dice): Promise<void> {
  const roll = dice.below(100);
  if (roll < 50) await socket.untilEnded(20);
  else if (roll < 75) socket.finish();
  else if (roll < 90) socket.reset();
}

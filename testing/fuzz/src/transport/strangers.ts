import type { Dice } from '../dice.ts';
import { otherProtocols } from '../other-protocols.ts';
import { badHelloNames, badHellos, randomRefusal, validHello } from './hellos.ts';
import { badPeerIds } from './plan.ts';
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

/** How often of 100 a connection stays until the victim ends it. */
const stays = 4;
const shortWaitMs = 20;

/** Whoever is not a peer, one connection after the other. */
export async function runStranger(stage: Stage, lane: number, dice: Dice): Promise<void> {
  while (!stage.isOver) {
    const [kind, bytes] = draw(dice);
    stage.note(kind);
    const socket = await stage.dial(lane);
    await sendInPieces(socket, bytes, dice);
    const roll = dice.below(100);
    if (roll < stays) await stage.expectEnd(socket, `a stranger with ${kind}`);
    else if (roll < 40) await socket.untilEnded(shortWaitMs);
    else if (roll < 70) socket.finish();
    else if (roll < 85) socket.reset();
    stage.close(socket);
  }
}

function draw(dice: Dice): readonly [string, Buffer] {
  if (dice.chance(40)) {
    const kind = dice.pick(openingNames);
    return [kind, openings[kind]?.(dice) ?? Buffer.of()];
  }
  const kind = dice.pick(badHelloNames);
  return [`hello: ${kind}`, badHellos[kind](validHello(badPeerIds.contested[0], dice), dice)];
}

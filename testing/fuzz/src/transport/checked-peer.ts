import { crc32 } from 'node:zlib';
import type { Dice } from '../dice.ts';
import { validHello } from './hellos.ts';
import { channelNames, comparedChannels, limits } from './plan.ts';
import { StreamSource } from './random-stream.ts';
import type { RawSocket } from './raw-socket.ts';
import { type Stage, sendInPieces } from './stage.ts';
import { drawKind, mutate, type StreamKind } from './stream-mutations.ts';
import { judgeStream, type StreamVerdict } from './stream-oracle.ts';
import { encodeHello } from './wire-bytes.ts';

/** What must have arrived from one peer on one channel. */
export interface Expected {
  messages: number;
  bytes: number;
  /** Over all contents, in order. */
  checksum: number;
}

/** By channel. */
export type ExpectedByChannel = Record<string, Expected>;

const answerTimeoutMs = 10_000;
/** How often of 100 a stream that goes on is left alone, until the victim has waited long enough. */
const silent = 1;
const compared = new Set(comparedChannels.map(({ name }) => name));

/** A stream that is ready to be sent, and what must come of it. */
export interface JudgedStream {
  readonly kind: StreamKind;
  readonly names: readonly string[];
  readonly hello: Buffer;
  readonly bytes: Buffer;
  readonly verdict: StreamVerdict;
}

/** Makes a stream of a peer that the victim sends nothing to. */
export function drawStream(nodeId: number, senderDialled: boolean, dice: Dice, source: StreamSource): JudgedStream {
  const fields = validHello(nodeId, dice);
  const hello = encodeHello(fields);
  const { channelNames: names } = fields;
  const isKnown = names.map((name) => channelNames.includes(name));
  const channels = names.flatMap((_name, number) => (isKnown[number] ? [number] : []));
  const kind = drawKind(dice);
  const bytes = mutate(kind, source.frames(channels), { dice, source, channels, hello });
  const verdict = judgeStream(bytes, { isKnown, maxMessageBytes: limits.maxMessageBytes, senderDialled });
  return { kind, names, hello, bytes, verdict };
}

/**
 * A peer that completes every handshake and then sends what it likes, and is compared with what arrives.
 *
 * @param expected - what has been sent so far; grows
 */
export async function runCheckedPeer(
  stage: Stage,
  lane: number,
  dice: Dice,
  nodeId: number,
  expected: ExpectedByChannel,
): Promise<void> {
  const source = new StreamSource(dice);
  while (!stage.isOver) {
    const stream = drawStream(nodeId, true, dice, source);
    stage.note(stream.kind);
    const socket = await stage.dial(lane);
    const isGreeted = await greetAndSend(socket, stream, dice);
    if (isGreeted) {
      expectMessages(expected, stream);
      await finishStream(stage, socket, stream, dice);
    } else stage.report(`peer ${nodeId} had no answer to its hello`);
    stage.close(socket);
  }
}

async function greetAndSend(socket: RawSocket, { hello, bytes }: JudgedStream, dice: Dice): Promise<boolean> {
  if (dice.chance(20)) {
    await sendInPieces(socket, Buffer.concat([hello, bytes]), dice);
    await socket.untilAnswered(answerTimeoutMs);
    return socket.answer === 'hello';
  }
  socket.send(hello);
  await socket.untilAnswered(answerTimeoutMs);
  if (socket.answer !== 'hello') return false;
  await sendInPieces(socket, bytes, dice);
  return true;
}

/** Ends a connection so that the victim has read all of it that it wanted. */
export async function finishStream(
  stage: Stage,
  socket: RawSocket,
  { kind, verdict }: Pick<JudgedStream, 'kind' | 'verdict'>,
  dice: Dice,
): Promise<void> {
  const isLeftAlone = verdict.end === 'violation' || verdict.end === 'goodbye' || dice.chance(silent);
  if (!isLeftAlone) socket.finish();
  await stage.expectEnd(socket, `a stream with '${kind}', which is '${verdict.end}'`);
}

/** Adds what a stream must bring. */
export function expectMessages(expected: ExpectedByChannel, { names, verdict }: JudgedStream): void {
  for (const { channel, bytes } of verdict.messages) {
    const name = names[channel] ?? '';
    expected[name] ??= { messages: 0, bytes: 0, checksum: 0 };
    const one = expected[name];
    one.messages++;
    one.bytes += bytes.length;
    if (compared.has(name)) one.checksum = crc32(bytes, one.checksum);
  }
}

import { crc32 } from 'node:zlib';
import { type PeerDownReason, peerDownReasons } from '@streambus/transport';
import type { Dice } from '../dice.ts';
import { validHello } from './hellos.ts';
import { channelNames, comparedChannels, limits } from './plan.ts';
import { StreamSource } from './random-stream.ts';
import type { RawSocket } from './raw-socket.ts';
import { type Stage, sendInPieces } from './stage.ts';
import { drawKind, mutate, type StreamKind } from './stream-mutations.ts';
import { judgeStream, type StreamVerdict } from './stream-oracle.ts';
import { encodeHello } from './wire-bytes.ts';

/** What has arrived from one peer on one channel, or must have. */
export interface ChannelRecord {
  messages: number;
  bytes: number;
  /** Over all contents, in order. */
  checksum: number;
}

/** What has come of one peer, or must have. */
export interface PeerRecord {
  readonly channels: Record<string, ChannelRecord>;
  /** How often its connections ended, by reason. */
  readonly disconnects: Record<PeerDownReason, number>;
}

export function emptyRecord(): PeerRecord {
  const zeros = peerDownReasons.map((reason) => [reason, 0] as const);
  return { channels: {}, disconnects: Object.fromEntries(zeros) as Record<PeerDownReason, number> };
}

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
 * @param expected - what must have come so far; grows
 */
export async function runCheckedPeer(
  stage: Stage,
  lane: number,
  dice: Dice,
  nodeId: number,
  expected: PeerRecord,
): Promise<void> {
  const source = new StreamSource(dice);
  // Once at least: it takes seconds, so it would be rare otherwise.
  let wasSilent = false;
  while (!stage.isOver) {
    const stream = drawStream(nodeId, true, dice, source);
    stage.note(stream.kind);
    const socket = await stage.dial(lane);
    const isGreeted = await greetAndSend(socket, stream, dice);
    const mayBeSilent: boolean = stage.isPatient && (!wasSilent || dice.chance(silent));
    if (isGreeted) wasSilent = (await finishStream(stage, socket, stream, mayBeSilent, expected)) || wasSilent;
    else stage.report(`peer ${nodeId} had no answer to its hello`);
    stage.close(socket);
  }
}

/** What the victim waits for does not come in pieces: then a busy machine could make it give up. */
async function greetAndSend(socket: RawSocket, { hello, bytes }: JudgedStream, dice: Dice): Promise<boolean> {
  const first = dice.chance(20) ? bytes.subarray(0, dice.between(1, 2000)) : Buffer.of();
  socket.send(Buffer.concat([hello, first]));
  await socket.untilAnswered(answerTimeoutMs);
  if (socket.answer !== 'hello') return false;
  await sendInPieces(socket, bytes.subarray(first.length), dice);
  return true;
}

/**
 * Ends a connection so that the victim has read all of it that it wanted.
 *
 * @param isLeftAlone - it is not ended where it could go on, so that the victim has to notice that it does not
 * @param expected - what must have come so far; grows by this stream
 * @returns whether the victim had to notice that
 */
export async function finishStream(
  stage: Stage,
  socket: RawSocket,
  stream: JudgedStream,
  isLeftAlone: boolean,
  expected: PeerRecord,
): Promise<boolean> {
  const { kind, verdict } = stream;
  expectMessages(expected, stream);
  const isOpen = verdict.end === 'open' || verdict.end === 'handshake';
  const isFinished = isOpen && !isLeftAlone;
  const reason = disconnectOf(verdict, isFinished);
  if (reason !== undefined) expected.disconnects[reason]++;
  if (isFinished) socket.finish();
  await stage.expectEnd(socket, `a stream with '${kind}', which is '${verdict.end}'`);
  return isOpen && isLeftAlone;
}

/** Why the victim has to say that a connection is over; undefined when it never was a peer's. */
function disconnectOf({ end, goodbye }: StreamVerdict, isFinished: boolean): PeerDownReason | undefined {
  if (end === 'handshake') return undefined;
  if (end === 'violation') return 'protocol';
  if (end === 'open') return isFinished ? 'ended' : 'silent';
  const said = peerDownReasons[(goodbye ?? 0) - 1] ?? 'ended';
  return said === 'local-stop' ? 'stopped' : said;
}

function expectMessages({ channels }: PeerRecord, { names, verdict }: JudgedStream): void {
  for (const { channel, bytes } of verdict.messages) {
    const name = names[channel] ?? '';
    channels[name] ??= { messages: 0, bytes: 0, checksum: 0 };
    const one = channels[name];
    one.messages++;
    one.bytes += bytes.length;
    if (compared.has(name)) one.checksum = crc32(bytes, one.checksum);
  }
}

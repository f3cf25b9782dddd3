import { createServer, type Server } from 'node:net';
import type { Dice } from '../dice.ts';
import { otherProtocols } from '../other-protocols.ts';
import { drawStream, finishStream, type PeerRecord } from './checked-peer.ts';
import { badHelloNames, badHellos, randomRefusal, validHello } from './hellos.ts';
import { badPeerIds, host } from './plan.ts';
import { StreamSource } from './random-stream.ts';
import { RawSocket } from './raw-socket.ts';
import { type Stage, sendInPieces } from './stage.ts';
import { encodeCounter, encodeHello, kinds } from './wire-bytes.ts';

const answerTimeoutMs = 10_000;
/** How often of 100 a stream that could go on is left alone. */
const silent = 1;
/** What the victim sends in that time is more than it may have under way. */
const listeningMs = 300;

/** A peer that the victim sends to without end: it reads or does not, and acknowledges what it likes. */
export async function runTalkedTo(stage: Stage, lane: number, dice: Dice, nodeId: number): Promise<void> {
  while (!stage.isOver) {
    const socket = await stage.dial(lane);
    socket.send(Buffer.concat([encodeHello(validHello(nodeId, dice)), encodeCounter(kinds.ping, 1)]));
    await socket.untilAnswered(answerTimeoutMs);
    const kind = dice.pick(['reads nothing', 'acknowledges nothing', 'acknowledges', 'takes it back', 'lies'] as const);
    stage.note(kind);
    if (kind === 'reads nothing') await floodWithoutReading(socket, dice);
    else await acknowledge(stage, socket, kind, dice);
    if (dice.chance(50)) socket.reset();
    stage.close(socket);
  }
}

/** Pings want answers, and nobody takes them. */
async function floodWithoutReading(socket: RawSocket, dice: Dice): Promise<void> {
  socket.pause();
  const pings = Buffer.concat(Array.from({ length: 500 }, (_, token) => encodeCounter(kinds.ping, token)));
  for (let count = dice.between(1, 10); count > 0; count--) {
    socket.send(pings);
    await passMs(dice.below(100));
  }
}

async function acknowledge(
  stage: Stage,
  socket: RawSocket,
  kind: 'acknowledges nothing' | 'acknowledges' | 'takes it back' | 'lies',
  dice: Dice,
): Promise<void> {
  if (kind === 'acknowledges nothing') {
    await passMs(listeningMs);
    return;
  }
  for (let count = dice.between(1, 20); count > 0 && !socket.isEnded; count--) {
    const before = socket.messageFrameBytes;
    await socket.until(() => socket.messageFrameBytes > before || socket.isEnded, listeningMs);
    socket.send(encodeCounter(kinds.acknowledge, socket.messageFrameBytes));
  }
  if (kind === 'acknowledges' || socket.messageFrameBytes === 0) return;
  const lie = kind === 'lies' ? socket.messageFrameBytes + 2 ** dice.between(33, 52) : 0;
  socket.send(encodeCounter(kinds.acknowledge, lie));
  await stage.expectEnd(socket, `a peer that ${kind} in an acknowledgement`);
}

/** Many processes with one id: they displace each other, or are refused, in the middle of whatever they send. */
export async function runContested(stage: Stage, lane: number, dice: Dice, nodeId: number): Promise<void> {
  const source = new StreamSource(dice);
  for (let round = 0; !stage.isOver; round++) {
    // Once at least.
    if (round === 0 || dice.chance(20)) {
      await displaceOneself(stage, lane, dice, nodeId);
      continue;
    }
    const { kind, bytes } = drawStream(nodeId, true, dice, source);
    stage.note(kind);
    const incarnation = dice.below(1000);
    const hello = encodeHello({ ...validHello(nodeId, dice), incarnation, instance: Buffer.alloc(8, dice.below(2)) });
    const socket = await stage.dial(lane);
    await sendInPieces(socket, Buffer.concat([hello, bytes]), dice);
    if (dice.chance(30)) socket.reset();
    else if (dice.chance(50)) socket.finish();
    else await socket.untilEnded(dice.below(50));
    stage.close(socket);
  }
}

/** A process that dials again knows better than the victim that its first connection is of no more use. */
async function displaceOneself(stage: Stage, lane: number, dice: Dice, nodeId: number): Promise<void> {
  stage.note('displaces itself');
  const hello = encodeHello({ ...validHello(nodeId, dice), incarnation: 1000 });
  const both = Buffer.concat([hello, encodeCounter(kinds.ping, 1)]);
  const first = await stage.dial(lane);
  first.send(both);
  await first.untilAnswered(answerTimeoutMs);
  const second = await stage.dial(lane);
  second.send(both);
  await stage.expectEnd(first, 'a peer that dialled again');
  stage.close(first);
  stage.close(second);
}

/** What the victim may hear where it dialled. */
const answers: Readonly<Record<string, (nodeId: number, dice: Dice) => Buffer>> = {
  nothing: () => Buffer.of(),
  garbage: (_nodeId, dice) => dice.bytes(dice.between(1, 2000)),
  'another protocol': (_nodeId, dice) => dice.pick(otherProtocols),
  'a refusal': (_nodeId, dice) => randomRefusal(dice),
  'a bad hello': (nodeId, dice) => badHellos[dice.pick(badHelloNames)](validHello(nodeId, dice), dice),
  'a hello of another peer': (_nodeId, dice) => encodeHello(validHello(badPeerIds.contested[0], dice)),
};
const answerNames = Object.keys(answers);

/** A peer that the victim dials: it asks for that by a hello of its own, which the victim refuses and heeds. */
export class DialledPeer {
  readonly nodeId: number;
  readonly #server: Server;
  #arrived: RawSocket[] = [];
  #wake: (() => void) | undefined;

  private constructor(nodeId: number, server: Server) {
    this.nodeId = nodeId;
    this.#server = server;
    server.on('connection', (socket) => {
      this.#arrived.push(new RawSocket(socket));
      this.#wake?.();
    });
  }

  static listen(nodeId: number): Promise<DialledPeer> {
    return new Promise((resolve) => {
      const server = createServer({ noDelay: true, allowHalfOpen: true });
      const peer = new DialledPeer(nodeId, server);
      server.listen(0, host, () => resolve(peer));
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Nobody listens any more; connections that are waiting are dropped. */
  close(): void {
    this.#server.close();
    for (const socket of this.#arrived.splice(0)) socket[Symbol.dispose]();
  }

  /** @param expected - what must have come so far; grows */
  async run(stage: Stage, lane: number, dice: Dice, expected: PeerRecord): Promise<void> {
    const source = new StreamSource(dice);
    while (!stage.isOver) {
      const socket = await this.#beDialled(stage, lane, dice);
      if (socket === undefined) continue;
      if (dice.chance(40)) await this.#answerBadly(stage, socket, dice);
      else await this.#answerWell(stage, socket, dice, source, expected);
      stage.close(socket);
    }
  }

  async #beDialled(stage: Stage, lane: number, dice: Dice): Promise<RawSocket | undefined> {
    if (this.#arrived.length === 0) {
      const knock = await stage.dial(lane);
      knock.send(encodeHello(validHello(this.nodeId, dice)));
      await knock.untilAnswered(answerTimeoutMs);
      stage.close(knock);
      if (this.#arrived.length === 0) await this.#untilArrived();
    }
    const socket = this.#arrived.shift();
    // The victim does not wait for ever, and will be back.
    if (socket?.isEnded) {
      stage.close(socket);
      return undefined;
    }
    if (socket === undefined) stage.report(`the victim did not dial peer ${this.nodeId}, which asked for it`);
    return socket;
  }

  async #untilArrived(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, answerTimeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  async #answerBadly(stage: Stage, socket: RawSocket, dice: Dice): Promise<void> {
    const kind = dice.pick(answerNames);
    stage.note(`answer: ${kind}`);
    await sendInPieces(socket, answers[kind]?.(this.nodeId, dice) ?? Buffer.of(), dice);
    if (dice.chance(10)) await stage.expectEnd(socket, `an answer of ${kind}`);
    else if (dice.chance(50)) socket.finish();
    else socket.reset();
  }

  /** As the peer that was meant, and then with a stream that is compared. */
  async #answerWell(
    stage: Stage,
    socket: RawSocket,
    dice: Dice,
    source: StreamSource,
    expected: PeerRecord,
  ): Promise<void> {
    const stream = drawStream(this.nodeId, false, dice, source);
    stage.note(stream.kind);
    // Not in pieces: then a busy machine could make the victim give up.
    socket.send(stream.hello);
    await sendInPieces(socket, stream.bytes, dice);
    await finishStream(stage, socket, stream, dice.chance(silent) && stage.isPatient, expected);
  }
}

function passMs(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

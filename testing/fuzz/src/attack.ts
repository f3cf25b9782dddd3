import { AttackConnection } from './attack-connection.ts';
import { Dice } from './dice.ts';
import { type FrameKind, FrameSource, type FuzzFrame } from './frames.ts';
import { largeRequest, largeRequests } from './large-requests.ts';

/** What an attack is. */
export interface AttackOptions {
  readonly port: number;
  /** Frames to send, large ones beside. */
  readonly frames: number;
  readonly seed: number;
  /** How often each of the large requests is sent. */
  readonly largeRounds: number;
}

/** What an attack has done so far. */
export interface AttackCounts {
  readonly frames: Record<string, number>;
  readonly large: Record<string, number>;
  connections: number;
  answers: number;
  /** Connections that the broker ended. */
  ended: number;
  /** Connections that had no answer any more and were given up, such as those after half a frame. */
  givenUp: number;
}

const connectionCount = 400;
/** How long an answer may take before the connection is given up; after half a frame there will be none. */
const answerTimeoutMs = 500;
const noAnswerTimeoutMs = 50;
const largeTimeoutMs = 60_000;
const onLinux = process.platform === 'linux';

/** Sends frames over many connections, as fast as they go. Resolves when all are sent. */
export async function attack(
  options: AttackOptions,
  counts: AttackCounts,
  onLarge: (name: string, state: 'sent' | 'done') => void,
): Promise<void> {
  const dice = new Dice(options.seed);
  const source = new FrameSource(dice);
  let left = options.frames;
  const take = (): FuzzFrame | undefined => (left-- > 0 ? source.next() : undefined);
  const lanes = Array.from({ length: connectionCount }, (_, lane) => runLane(options.port, lane, dice, take, counts));
  await Promise.all([...lanes, sendLarge(options, dice, counts, onLarge, () => left > 0)]);
}

async function runLane(
  port: number,
  lane: number,
  dice: Dice,
  take: () => FuzzFrame | undefined,
  counts: AttackCounts,
): Promise<void> {
  // Each connection ends soon; from one address the ports would be used up.
  const localAddress = onLinux ? `127.0.${1 + (lane >> 7)}.${1 + (lane & 127)}` : undefined;
  for (;;) {
    const first = take();
    if (first === undefined) return;
    const connection = await AttackConnection.open(port, localAddress);
    counts.connections++;
    await sendBursts(connection, first, dice, take, counts.frames);
    counts.answers += connection.answers;
    if (connection.isClosed) counts.ended++;
    else counts.givenUp++;
    connection.end(dice.pick(['end', 'end', 'reset', 'destroy']));
  }
}

/** Sends until the connection is of no more use. */
async function sendBursts(
  connection: AttackConnection,
  first: FuzzFrame,
  dice: Dice,
  take: () => FuzzFrame | undefined,
  sent: AttackCounts['frames'],
): Promise<void> {
  let expected = 0;
  for (let frame: FuzzFrame | undefined = first; frame !== undefined && !connection.isClosed; frame = take()) {
    const burst: FuzzFrame[] = [];
    // What follows a frame that ends the connection is not read, so most bursts are short.
    const length = dice.chance(1) ? 100 : dice.pick([1, 1, 1, 2, 2, 3, 6]);
    for (let one: FuzzFrame | undefined = frame; one !== undefined; one = take()) {
      burst.push(one);
      count(sent, one.kind);
      if (one.isLast || burst.length === length) break;
    }
    expected += burst.length;
    write(connection, burst, dice);
    const isLast = burst.at(-1)?.isLast === true;
    await connection.settle(expected, isLast ? noAnswerTimeoutMs : answerTimeoutMs);
    if (isLast || connection.answers < expected) return;
  }
}

function write(connection: AttackConnection, burst: readonly FuzzFrame[], dice: Dice): void {
  const whole = Buffer.concat(burst.map(({ bytes }) => bytes));
  const roll = dice.below(100);
  if (roll < 50) connection.send(whole);
  else if (roll < 97) for (const { bytes } of burst) connection.send(bytes);
  else for (let at = 0; at < Math.min(whole.length, 2000); at++) connection.send(whole.subarray(at, at + 1));
}

async function sendLarge(
  { port, largeRounds }: AttackOptions,
  dice: Dice,
  counts: AttackCounts,
  onLarge: (name: string, state: 'sent' | 'done') => void,
  goesOn: () => boolean,
): Promise<void> {
  for (let round = 0; round < largeRounds && (round === 0 || goesOn()); round++) {
    for (const name of largeRequests) {
      const connection = await AttackConnection.open(port);
      counts.connections++;
      count(counts.large, name);
      const bytes = largeRequest(name, dice);
      onLarge(name, 'sent');
      connection.send(bytes);
      await connection.settle(1, largeTimeoutMs);
      onLarge(name, 'done');
      counts.answers += connection.answers;
      if (connection.isClosed) counts.ended++;
      connection.end('destroy');
    }
  }
}

function count(counts: Record<string, number>, kind: FrameKind | string): void {
  counts[kind] = (counts[kind] ?? 0) + 1;
}

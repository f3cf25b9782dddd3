import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport, type Peer, type Transport } from '@streambus/transport';
import { channelList, channels, clusterId, host, limits, victimId } from './plan.ts';

const intervalMs = 5;
/** Most questions are short; every so many is one that goes in chunks. */
const shortBytes = 64;
const longBytes = 150_000;
const longEvery = 100;
const answersTimeoutMs = 20_000;
const keptProblems = 10;

/** A peer that asks the victim all the time, and must never notice anything. */
export class Witness {
  readonly nodeId: number;
  /** From a question until its answer, of those that came while {@link isTimed}. */
  readonly delaysMs: number[] = [];
  isTimed = false;
  readonly problems: string[] = [];
  readonly #transport: Transport;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #answered = 0;
  #sentMs: number[] = [];
  #wake: (() => void) | undefined;

  private constructor(nodeId: number) {
    this.nodeId = nodeId;
    this.#transport = createTransport(
      { clusterId, nodeId, listen: { host, port: 0 }, channels: channelList, maxMessageBytes: limits.maxMessageBytes },
      { clock: nodeClock, random: nodeRandom, network: createNodeNetwork() },
    );
    this.#transport.receive(channels.answers, (_from, answer) => this.#hear(answer));
    this.#transport.subscribe({
      onPeerUp: () => this.#wake?.(),
      onPeerDown: (_id, reason) => this.#report(`witness ${nodeId} lost the victim: ${reason}`),
      onUnreachable: () => this.#report(`witness ${nodeId} lost messages`),
    });
  }

  static async start(nodeId: number): Promise<Witness> {
    const witness = new Witness(nodeId);
    await witness.#transport.start();
    return witness;
  }

  get sent(): number {
    return this.#sent;
  }

  /** As the victim has to know it. */
  get peer(): Peer {
    return { id: this.nodeId, address: { host, port: this.#transport.address?.port ?? 0 } };
  }

  /** Resolves when the victim, which has to know this one already, is connected; from then on it is asked. */
  async begin(port: number): Promise<void> {
    const up = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#transport.setPeers([{ id: victimId, address: { host, port } }]);
    await up;
    this.#timer = setInterval(() => this.#ask(), intervalMs);
  }

  /** Asks no more; resolves when every answer has come, or too much time has passed. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    const deadline = performance.now() + answersTimeoutMs;
    while (this.#answered < this.#sent && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (this.#answered < this.#sent) {
      this.#report(`witness ${this.nodeId} has ${this.#answered} answers to ${this.#sent} questions`);
    }
    const [victim] = this.#transport.metrics().peers;
    if (victim?.connects !== 1) this.#report(`witness ${this.nodeId} was connected ${victim?.connects} times`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#transport.stop();
  }

  #report(problem: string): void {
    if (this.problems.length < keptProblems) this.problems.push(problem);
  }

  #ask(): void {
    const question = Buffer.alloc(this.#sent % longEvery === longEvery - 1 ? longBytes : shortBytes, this.#sent & 0xff);
    question.writeDoubleBE(this.#sent, 0);
    const result = this.#transport.send(victimId, channels.questions, question);
    if (result !== 'queued') {
      this.#report(`witness ${this.nodeId}: a question was not queued: ${result}`);
      return;
    }
    this.#sent++;
    this.#sentMs.push(performance.now());
  }

  #hear(answer: Uint8Array): void {
    const view = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
    const expected = this.#answered++;
    const wantedBytes = expected % longEvery === longEvery - 1 ? longBytes : shortBytes;
    const isRight =
      view.readDoubleBE(0) === expected && view.length === wantedBytes && view.at(-1) === (expected & 0xff);
    if (!isRight) this.#report(`witness ${this.nodeId}: answer ${expected} is ${view.readDoubleBE(0)}`);
    const sentMs = this.#sentMs.shift() ?? Number.NaN;
    if (this.isTimed) this.delaysMs.push(performance.now() - sentMs);
  }
}

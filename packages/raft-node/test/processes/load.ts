import { type RaftNode, RaftNodeError, type Session } from '@streambus/raft-node';
import { ledgerEntry, type Place, readPlace } from './ledger.ts';

/** A client that got a refusal asks again when somebody else leads, and after so long in any case. */
const retryMs = 20;

/** Who hears of a load. */
export interface LoadListener {
  /** An entry was acknowledged. */
  onAcknowledged(place: Place): void;
}

/** Clients that propose without end, each one entry at a time in a session of its own, and repeat what has no answer. */
export class Load {
  readonly #node: RaftNode;
  readonly #listener: LoadListener;
  readonly #acknowledged = new Map<string, number>();
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #ending = false;

  /** @param name - the clients' is this and a number */
  constructor(node: RaftNode, name: string, clients: number, listener: LoadListener) {
    this.#node = node;
    this.#listener = listener;
    this.#ended = Promise.all(Array.from({ length: clients }, (_, number) => this.#run(`${name}.${number}`)));
    // Whoever ends it hears of it.
    this.#ended.catch(() => {});
  }

  /** The last entry of each client that was acknowledged. */
  get acknowledged(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#acknowledged);
  }

  /** Resolves when so many more entries were acknowledged. */
  progress(entries: number): Promise<void> {
    let left = entries;
    return new Promise((resolve) => {
      const onAcknowledged = (): void => {
        if (--left > 0) return;
        this.#waiting.delete(onAcknowledged);
        resolve();
      };
      this.#waiting.add(onAcknowledged);
    });
  }

  /** Resolves when every client has its last answer. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#ended;
  }

  async #run(client: string): Promise<void> {
    const session = await this.#untilAnswered(() => this.#node.openSession());
    for (let number = 1; !this.#ending; number++) await this.#proposeNext(session, client, number);
  }

  async #proposeNext(session: Session, client: string, number: number): Promise<void> {
    const proposal = session.prepare(ledgerEntry(client, number));
    const place = readPlace(await this.#untilAnswered(() => proposal.submit()));
    this.#acknowledged.set(client, number);
    this.#listener.onAcknowledged(place);
    for (const waiting of this.#waiting) waiting();
  }

  async #untilAnswered<Answer>(submit: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await submit();
      } catch (error) {
        const again = error instanceof RaftNodeError && error.retriable;
        if (!again) throw error;
        await this.#newLeader();
      }
    }
  }

  #newLeader(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        forget();
        resolve();
      };
      const timer = setTimeout(done, retryMs);
      const forget = this.#node.subscribe((event) => {
        if (event.type === 'leader' && event.leader !== 0) done();
      });
    });
  }
}

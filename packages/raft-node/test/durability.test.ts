import { createRaftNode, type RaftNode, RaftNodeError, type SessionStamp } from '@streambus/raft-node';
import { createMortalDisk, type MortalDisk } from '@streambus/raft-node/testing';
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type DiskLoss,
  type ManualClock,
  type MemoryDisk,
  type SeededRandom,
} from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, decode, encode, type JournalMachine } from './journal.ts';

/** One proposal of the test's client, over all lives of the node. */
interface Attempted {
  readonly text: string;
  /** With one, it is submitted until it is answered. */
  readonly stamp: SessionStamp | undefined;
  /** What is known: never answered, answered with this, or certainly not done. */
  known: 'unknown' | 'rejected' | { readonly answer: string };
}

/** One life of the node: from start to crash. */
interface Life {
  readonly node: RaftNode;
  readonly clock: ManualClock;
  readonly journal: JournalMachine;
  readonly disk: MortalDisk;
}

const losses: readonly DiskLoss[] = ['none', 'unsynced', 'torn'];
const windowSize = 20;

/**
 * A client that proposes, and a node that dies again and again, each time between two operations of its disk. The client takes a lost
 * answer for unknown, and repeats what has a session.
 */
class Ordeal {
  readonly #random: SeededRandom;
  readonly #disk: MemoryDisk;
  readonly #attempted: Attempted[] = [];
  readonly #snapshotAfterEntries: number;
  #life: Life | undefined;
  #operationsLeft = Number.POSITIVE_INFINITY;
  #sessionId: number | undefined;
  #nextSequence = 1;
  #lastTerm = 0;
  crashes = 0;
  repeats = 0;

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
    this.#snapshotAfterEntries = 5 + this.#random.below(40);
    this.#disk = createMemoryDisk({
      random: this.#random,
      beforeOperation: async () => {
        await this.#turns(2);
        if (this.#operationsLeft-- === 0) this.#crash();
      },
    });
  }

  get answered(): readonly Attempted[] {
    return this.#attempted.filter(({ known }) => typeof known === 'object');
  }

  async liveAndDie(): Promise<void> {
    this.#operationsLeft = this.#random.below(120);
    if (await this.#begin()) {
      const batches = 1 + this.#random.below(20);
      for (let batch = 0; batch < batches && this.#life !== undefined; batch++) await this.#proposeBatch();
    }
    if (this.#life !== undefined) this.#crash();
  }

  /** A last life without a crash: everything is repeated until it is answered, and the books are compared. */
  async endInPeace(): Promise<JournalMachine> {
    this.#operationsLeft = Number.POSITIVE_INFINITY;
    expect(await this.#begin()).toBe(true);
    const { clock, node, journal } = this.#life as Life;
    await this.#repeatUnknown();
    expect(this.#attempted.filter(({ stamp, known }) => stamp && known === 'unknown')).toEqual([]);
    this.check();
    await clock.until(node.stop());
    return journal;
  }

  /** What was acknowledged is there once, where the answer said; what was rejected is not there; nothing else is. */
  check(): void {
    const { entries } = (this.#life as Life).journal;
    expect(new Set(entries).size).toBe(entries.length);
    const byText = new Map(this.#attempted.map((attempted) => [attempted.text, attempted]));
    for (const text of entries) expect(byText.get(text)?.known).not.toBe('rejected');
    for (const { text, known } of this.#attempted) {
      if (typeof known === 'object') expect(entries[Number(known.answer) - 1]).toBe(text);
    }
  }

  async #begin(): Promise<boolean> {
    const clock = createManualClock();
    const disk = createMortalDisk(this.#disk);
    const journal = createJournal();
    const node = createRaftNode(
      {
        clusterId: 'ordeal',
        nodeId: 1,
        storage: { folder: '/data/raft' },
        snapshotAfterEntries: this.#snapshotAfterEntries,
      },
      { disk, clock, random: this.#random, stateMachine: journal },
    );
    this.#life = { node, clock, journal, disk };
    const started = await settle(clock, [node.start().then(() => node.readBarrier())]);
    if (this.#life === undefined) return false;
    if (started[0]?.status === 'rejected') throw started[0].reason;
    const { term } = node.status();
    expect(term).toBeGreaterThan(this.#lastTerm);
    this.#lastTerm = term;
    await this.#openSession();
    if (this.#life === undefined) return false;
    this.check();
    return true;
  }

  async #openSession(): Promise<void> {
    if (this.#sessionId !== undefined) return;
    const { clock, node } = this.#life as Life;
    const [opened] = await settle(clock, [node.openSession()]);
    if (opened?.status === 'fulfilled') this.#sessionId = opened.value.id;
  }

  async #proposeBatch(): Promise<void> {
    await this.#repeatUnknown();
    if (this.#life === undefined) return;
    const fresh: Attempted[] = [];
    for (let count = 1 + this.#random.below(10); count > 0; count--) {
      const attempted: Attempted = {
        text: `${this.#attempted.length + fresh.length}`,
        stamp: this.#random.below(3) === 0 ? undefined : this.#nextStamp(),
        known: 'unknown',
      };
      fresh.push(attempted);
    }
    this.#attempted.push(...fresh);
    await this.#submit(fresh);
  }

  #nextStamp(): SessionStamp {
    const sequence = this.#nextSequence++;
    const id = this.#sessionId as SessionStamp['id'];
    return { id, sequence, firstOutstanding: Math.max(1, sequence - windowSize) };
  }

  /** The unknown ones are repeated; so are answered ones, which must be answered alike. */
  async #repeatUnknown(): Promise<void> {
    const stamped = this.#attempted.filter(
      ({ stamp }) => stamp !== undefined && stamp.sequence > this.#nextSequence - windowSize,
    );
    await this.#submit(stamped.filter(({ known }) => typeof known !== 'object' || this.#random.below(4) === 0));
  }

  async #submit(proposals: readonly Attempted[]): Promise<void> {
    if (this.#life === undefined) return;
    const { node, clock } = this.#life;
    const results = proposals.map(async ({ text, stamp }) => {
      await this.#turns(20);
      return node.propose(encode(text), stamp === undefined ? {} : { session: stamp });
    });
    const ends = await settle(clock, results);
    proposals.forEach((proposal, at) => {
      this.#learn(proposal, ends[at]);
    });
  }

  #learn(proposal: Attempted, end: PromiseSettledResult<Uint8Array> | undefined): void {
    if (end?.status === 'fulfilled') {
      const answer = decode(end.value);
      if (typeof proposal.known === 'object') {
        this.repeats++;
        expect(answer).toBe(proposal.known.answer);
      }
      proposal.known = { answer };
    } else if (end?.status === 'rejected' && typeof proposal.known !== 'object') {
      expect(end.reason).toBeInstanceOf(RaftNodeError);
      // A first attempt that was rejected is nowhere; one of several says nothing of the others.
      if (end.reason.outcome === 'rejected' && proposal.stamp === undefined) proposal.known = 'rejected';
    }
  }

  /** Waits for some turns of the event loop, so that proposals, syncs and snapshots overlap. */
  async #turns(most: number): Promise<void> {
    for (let left = this.#random.below(most + 1); left > 0; left--) {
      await new Promise<void>((resolve) => this.#life?.clock.nextTurn(resolve));
    }
  }

  #crash(): void {
    this.crashes++;
    this.#disk.crash(losses[this.#random.below(losses.length)]);
    this.#life?.disk.kill();
    this.#life = undefined;
  }
}

/** Lets everything run that needs no time; what has not ended then (because its process is dead) stays undefined. */
async function settle<T>(
  clock: ManualClock,
  promises: readonly Promise<T>[],
): Promise<(PromiseSettledResult<T> | undefined)[]> {
  const ends: (PromiseSettledResult<T> | undefined)[] = promises.map(() => undefined);
  promises.forEach((promise, at) => {
    promise.then(
      (value) => {
        ends[at] = { status: 'fulfilled', value };
      },
      (reason) => {
        ends[at] = { status: 'rejected', reason };
      },
    );
  });
  await clock.settle();
  return ends;
}

const lives = 24;

describe('a node that crashes between any two operations of its disk', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'has every acknowledged proposal once, where its answer said, and none that was rejected (seed %i)',
    async (seed) => {
      const ordeal = new Ordeal(seed);
      for (let life = 0; life < lives; life++) await ordeal.liveAndDie();
      await ordeal.endInPeace();
      expect(ordeal.crashes).toBe(lives);
      expect(ordeal.answered.length).toBeGreaterThan(50);
      expect(ordeal.repeats).toBeGreaterThan(10);
    },
  );
});

describe('replay', () => {
  it('of the log, and of a snapshot and the rest of the log, give the same state', async () => {
    const states: Uint8Array[] = [];
    for (const snapshotAfterEntries of [1_000_000, 7]) {
      const disk = createMemoryDisk();
      const options = { clusterId: 'c', nodeId: 1, storage: { folder: '/raft' }, snapshotAfterEntries };
      for (let life = 0; life < 3; life++) {
        const clock = createManualClock();
        const journal = createJournal();
        const node = createRaftNode(options, { disk, clock, random: createSeededRandom(1), stateMachine: journal });
        await clock.until(node.start());
        await clock.until(node.readBarrier());
        expect(journal.entries.length).toBe(20 * life);
        for (let count = 0; count < 20; count++) await clock.until(node.propose(encode(`${life}/${count}`)));
        await clock.until(node.stop());
        if (life === 2) states.push(journal.snapshot() as Uint8Array);
      }
    }
    expect(decode(states[1] as Uint8Array)).toBe(decode(states[0] as Uint8Array));
  });
});

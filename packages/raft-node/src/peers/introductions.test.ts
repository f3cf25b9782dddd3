import { nodeId } from '@streambus/raft';
import { silentLogger } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { createKnownPeersInMemory } from '../storage/known-peers.ts';
import { type Introduction, Introductions } from './introductions.ts';

const ids = [nodeId(1), nodeId(2)] as const;

/** Two nodes on one connection, and what they say; a node that has not begun hears nothing. */
class Pair {
  readonly said: string[] = [];
  readonly introduced: number[] = [];
  readonly #running = new Map<number, Introductions>();

  begin(id: number, storageId: string): void {
    const self = nodeId(id);
    const introductions = new Introductions({
      storageId,
      knownPeers: createKnownPeersInMemory(),
      logger: silentLogger,
      send: (to, introduction) => this.#deliver(self, to, introduction),
      onIntroduced: () => this.introduced.push(id),
      onRefused: () => {},
    });
    this.#running.set(id, introductions);
    introductions.onUp(nodeId(3 - id));
  }

  /** Whether each hears the other, and knows that it is heard. */
  get complete(): boolean {
    return ids.every((id) => this.#running.get(id)?.isIntroduced(nodeId(3 - id)) === true);
  }

  #deliver(from: number, to: number, introduction: Introduction): void {
    this.said.push(`${from} ${introduction.type}`);
    queueMicrotask(() => this.#running.get(to)?.receive(nodeId(from), introduction));
  }
}

/** Until nobody says anything any more. */
async function settle(pair: Pair): Promise<void> {
  for (let said = -1; said < pair.said.length; ) {
    said = pair.said.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('introductions', () => {
  it('two who begin at once hear each other', async () => {
    const pair = new Pair();
    pair.begin(1, 'a');
    pair.begin(2, 'b');
    await settle(pair);
    expect(pair.complete).toBe(true);
    expect(pair.introduced.sort()).toEqual([1, 2]);
  });

  it.each(ids)(
    'node %d that begins after the other, on a connection that is there, hears it all the same',
    async (late) => {
      const pair = new Pair();
      pair.begin(3 - late, 'a');
      await settle(pair);
      pair.begin(late, 'b');
      await settle(pair);
      expect(pair.complete).toBe(true);
    },
  );

  it('one that begins again on the same connection hears the other', async () => {
    const pair = new Pair();
    pair.begin(1, 'a');
    pair.begin(2, 'b');
    await settle(pair);
    pair.begin(2, 'b');
    await settle(pair);
    expect(pair.complete).toBe(true);
  });

  it('end: at most two introductions of each and their acceptances', async () => {
    const pair = new Pair();
    pair.begin(1, 'a');
    pair.begin(2, 'b');
    await settle(pair);
    expect(pair.said.length).toBeLessThanOrEqual(8);
  });

  it('one that cannot be written down is tried again, and heard when it can', async () => {
    let full = true;
    const knownPeers = createKnownPeersInMemory();
    const said: string[] = [];
    const introductions = new Introductions({
      storageId: 'a',
      knownPeers: {
        ...knownPeers,
        async remember(peer, storageId) {
          if (full) throw new Error('no space');
          await knownPeers.remember(peer, storageId);
        },
      },
      logger: silentLogger,
      send: (_to, { type }) => said.push(type),
      onIntroduced: () => {},
      onRefused: () => {},
    });
    const peer = nodeId(2);
    const pass = async (ticks: number): Promise<void> => {
      for (let left = ticks; left > 0; left--) introductions.onTick();
      await new Promise((resolve) => setImmediate(resolve));
    };
    introductions.onUp(peer);
    introductions.receive(peer, { type: 'introduce', storageId: 'b', hasAccepted: true });
    await pass(0);
    await pass(100);
    expect([introductions.hears(peer), said]).toEqual([false, ['introduce']]);
    full = false;
    await pass(100);
    expect([introductions.hears(peer), said]).toEqual([true, ['introduce', 'accept']]);
  });
});

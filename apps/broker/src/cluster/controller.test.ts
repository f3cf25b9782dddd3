import { type CommandFields, createMetadataStateMachine, type MetadataStateMachine } from '@streambus/metadata';
import type { RaftNodeListener } from '@streambus/raft-node';
import { silentLogger } from '@streambus/runtime';
import { createManualClock, type ManualClock } from '@streambus/runtime/testing';
import type { TransportListener } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { Controller } from './controller.ts';

const sessionTimeoutMs = 3000;

/** The controller of broker 1 in a cluster of three, and everything that it hears. */
class Bench {
  readonly clock: ManualClock = createManualClock();
  readonly machine: MetadataStateMachine = createMetadataStateMachine();
  /** Fencings that were asked for, in order. */
  readonly asked: number[] = [];
  /** What the next fencings end with. */
  readonly failures: Error[] = [];
  #peers: TransportListener = {};
  #node: RaftNodeListener = () => {};
  readonly controller: Controller;

  constructor({ connected = [2, 3] }: { readonly connected?: readonly number[] } = {}) {
    for (const id of [1, 2, 3]) this.register(id, `first-${id}`);
    const { clock, machine } = this;
    this.controller = new Controller(
      { nodeId: 1, sessionTimeoutMs },
      {
        clock,
        logger: silentLogger,
        node: {
          status: () => ({ role: 'follower' }) as never,
          subscribe: (listener) => {
            this.#node = listener;
            return () => {};
          },
        },
        transport: {
          subscribe: (listener) => {
            this.#peers = listener;
            return () => {};
          },
          connectedPeers: () => connected.map((id) => ({ id, incarnation: 1, features: 0 })),
        },
        store: {
          get state() {
            return machine.state;
          },
          subscribe: (listener) => machine.onDelta(listener),
          fenceBroker: (fields) => this.#fence(fields),
        },
      },
    );
    this.controller.start();
  }

  register(brokerId: number, incarnation: string): void {
    const endpoints = [{ listener: 'kafka', host: 'h', port: 1 }];
    this.machine.apply({ kind: 'registerBroker', brokerId, incarnation, endpoints });
    this.machine.apply({ kind: 'unfenceBroker', brokerId, incarnation });
  }

  leads(yes: boolean): void {
    this.#node({ type: 'role', role: yes ? 'leader' : 'follower', term: 1 as never });
  }

  up(id: number): void {
    this.#peers.onPeerUp?.({ id, incarnation: 1, features: 0 });
  }

  down(id: number): void {
    this.#peers.onPeerDown?.(id, 'silent');
  }

  gone(id: number): void {
    this.#peers.onPeerGone?.(id);
  }

  status(id: number): string | undefined {
    return this.machine.state.brokers.get(id)?.status;
  }

  async #fence(fields: CommandFields<'fenceBroker'>): Promise<never> {
    this.asked.push(fields.brokerId);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.machine.apply({ kind: 'fenceBroker', ...fields });
    return undefined as never;
  }
}

describe('a controller that leads', () => {
  it('fences a broker at once when its process has ended', async () => {
    const bench = new Bench();
    bench.leads(true);
    bench.down(2);
    bench.gone(2);
    await bench.clock.settle();
    expect([bench.status(2), bench.status(3)]).toEqual(['fenced', 'active']);
  });

  it('fences a silent one when its session has ended, unless it comes back before', async () => {
    const bench = new Bench();
    bench.leads(true);
    bench.down(2);
    bench.down(3);
    await bench.clock.advance(sessionTimeoutMs - 1);
    expect(bench.asked).toEqual([]);
    bench.up(3);
    await bench.clock.advance(1);
    expect([bench.status(2), bench.status(3)]).toEqual(['fenced', 'active']);
  });

  it('never fences its own broker, and no broker twice', async () => {
    const bench = new Bench();
    bench.leads(true);
    bench.down(2);
    await bench.clock.advance(10 * sessionTimeoutMs);
    expect(bench.asked).toEqual([2]);
    expect(bench.status(1)).toBe('active');
  });

  it('gives a broker whole sessions again when it begins to lead, but none to a process that has ended', async () => {
    const bench = new Bench({ connected: [] });
    bench.gone(2);
    await bench.clock.advance(10 * sessionTimeoutMs);
    expect(bench.asked).toEqual([]);
    bench.leads(true);
    await bench.clock.advance(sessionTimeoutMs - 1);
    expect(bench.asked).toEqual([2]);
    await bench.clock.advance(1);
    expect(bench.asked).toEqual([2, 3]);
  });

  it('tries again while it fails', async () => {
    const bench = new Bench();
    bench.leads(true);
    bench.failures.push(new Error('nothing commits'), new Error('nothing commits'));
    bench.gone(2);
    await bench.clock.advance(1000);
    expect(bench.asked).toEqual([2, 2, 2]);
    expect(bench.status(2)).toBe('fenced');
  });

  it('fences a new process of a broker that never connects', async () => {
    const bench = new Bench();
    bench.leads(true);
    bench.gone(2);
    await bench.clock.settle();
    bench.up(2);
    bench.register(2, 'second-2');
    bench.gone(2);
    await bench.clock.settle();
    expect(bench.asked).toEqual([2, 2]);
  });

  it('does nothing when it leads no more, or has stopped', async () => {
    const bench = new Bench();
    bench.leads(true);
    bench.down(2);
    bench.leads(false);
    await bench.clock.advance(2 * sessionTimeoutMs);
    bench.leads(true);
    bench.controller.stop();
    await bench.clock.advance(2 * sessionTimeoutMs);
    expect(bench.asked).toEqual([]);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

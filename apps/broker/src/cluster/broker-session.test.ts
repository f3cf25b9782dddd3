import { createMetadataStateMachine, type MetadataStateMachine, type MetadataStore } from '@streambus/metadata';
import { silentLogger } from '@streambus/runtime';
import { createManualClock, createSeededRandom, type ManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { BrokerSession } from './broker-session.ts';

/** Brokers of a cluster whose metadata is one state machine, each with a data folder that remembers. */
class Bench {
  readonly clock: ManualClock = createManualClock();
  readonly machine: MetadataStateMachine = createMetadataStateMachine();
  readonly folders = new Map<number, string[]>();
  readonly replaced: Error[] = [];
  readonly #random = createSeededRandom(7);

  session(brokerId: number): BrokerSession {
    const noted = this.folders.get(brokerId) ?? [];
    this.folders.set(brokerId, noted);
    return new BrokerSession(
      {
        brokerId,
        endpoints: [{ listener: 'kafka', host: 'h', port: 1 }],
        onReplaced: (error) => this.replaced.push(error),
      },
      {
        store: this.#store(),
        folder: { incarnations: noted, noteIncarnation: async (incarnation) => void noted.push(incarnation) },
        clock: this.clock,
        random: this.#random.fork(),
        logger: silentLogger,
      },
    );
  }

  async running(brokerId: number): Promise<BrokerSession> {
    const session = this.session(brokerId);
    await session.register();
    await session.begin();
    return session;
  }

  status(brokerId: number): string | undefined {
    return this.machine.state.brokers.get(brokerId)?.status;
  }

  isr(): readonly number[] | undefined {
    return this.machine.state.topics.get('orders')?.partitions[0]?.isr;
  }

  createTopic(replicas: readonly number[]): void {
    this.machine.apply({
      kind: 'createTopic',
      name: 'orders',
      topicId: '00000000-0000-4000-8000-000000000001',
      placement: { kind: 'explicit', replicas: [replicas] },
    });
  }

  #store(): MetadataStore {
    const { machine } = this;
    const submit = async (command: never) => machine.apply(command);
    const method = (kind: string) => async (fields: object) => {
      const answer = machine.apply({ kind, ...fields } as never);
      if (answer.status === 'refused') throw new Error(answer.refusal.code);
      return answer.result;
    };
    return {
      get state() {
        return machine.state;
      },
      submit,
      read: async () => machine.state,
      subscribe: (listener: never) => machine.onDelta(listener),
      unfenceBroker: method('unfenceBroker'),
      drainBroker: method('drainBroker'),
    } as unknown as MetadataStore;
  }
}

describe('a broker session', () => {
  it('is fenced when it is registered, and active when it begins', async () => {
    const bench = new Bench();
    const session = bench.session(1);
    await session.register();
    expect(bench.status(1)).toBe('fenced');
    await session.begin();
    expect(bench.status(1)).toBe('active');
  });

  it('comes back when it was taken for dead and lives', async () => {
    const bench = new Bench();
    const { incarnation } = await bench.running(1);
    bench.machine.apply({ kind: 'fenceBroker', brokerId: 1, incarnation });
    expect(bench.status(1)).toBe('fenced');
    await bench.clock.settle();
    expect(bench.status(1)).toBe('active');
  });

  it('stays away once it stops', async () => {
    const bench = new Bench();
    const session = await bench.running(1);
    session.stop();
    bench.machine.apply({ kind: 'fenceBroker', brokerId: 1, incarnation: session.incarnation });
    await bench.clock.settle();
    expect(bench.status(1)).toBe('fenced');
  });

  it('ends when another process is registered in its place', async () => {
    const bench = new Bench();
    await bench.running(1);
    await bench.running(1);
    expect(bench.replaced).toMatchObject([{ code: 'BROKER_REPLACED' }]);
  });

  it('gives its leaderships away before it ends', async () => {
    const bench = new Bench();
    const sessions = [await bench.running(1), await bench.running(2)];
    bench.createTopic([1, 2]);
    expect(bench.machine.state.topics.get('orders')?.partitions[0]?.leader).toBe(1);
    await sessions[0]?.drain(1000);
    expect(bench.machine.state.topics.get('orders')?.partitions[0]?.leader).toBe(2);
  });

  it('a restarted one stays eligible, as its folder has what it acknowledged', async () => {
    const bench = new Bench();
    await bench.running(1);
    bench.createTopic([1]);
    await bench.running(1);
    expect(bench.isr()).toEqual([1]);
  });

  it('one with an empty folder does not: what it acknowledged is not there', async () => {
    const bench = new Bench();
    await bench.running(1);
    bench.createTopic([1]);
    bench.folders.delete(1);
    await bench.running(1);
    expect(bench.isr()).toEqual([]);
  });

  it('one that ended before it was registered has lost nothing', async () => {
    const bench = new Bench();
    await bench.running(1);
    bench.createTopic([1]);
    bench.folders.get(1)?.push('noted-and-not-registered');
    await bench.running(1);
    expect(bench.isr()).toEqual([1]);
  });
});

import { assert } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { Client, type ClientTraits, groupId } from './simulation/client.ts';
import { Observer } from './simulation/observer.ts';
import { durableState, replayed, World } from './simulation/world.ts';

interface Run {
  readonly world: World;
  readonly observer: Observer;
  readonly clients: readonly Client[];
}

/** Two minutes of churn, then one of peace. */
function simulate(seed: number): Run {
  const world = new World(seed);
  const observer = new Observer(world);
  const { random } = world;
  const clients = Array.from({ length: 2 + random.below(6) }, (_, index) => {
    const traits: ClientTraits = {
      name: `client-${index}`,
      apiVersion: [2, 4, 5, 9][random.below(4)] ?? 9,
      instanceId: random.below(4) === 0 ? `static-${index}` : null,
      protocols: random.below(2) === 0 ? ['range', 'roundrobin'] : ['roundrobin', 'range'],
    };
    return new Client(
      world,
      observer,
      traits.instanceId === null ? traits : { ...traits, apiVersion: 5 + random.below(5) },
    );
  });
  disturb(world, clients);
  world.run(120_000);
  world.appendFailurePercent = 0;
  world.run(60_000);
  observer.checkConverged(clients);
  return { world, observer, clients };
}

function disturb(world: World, clients: readonly Client[]): void {
  const { random } = world;
  const step = (): void => {
    if (world.nowMs > 120_000) return;
    const client = clients[random.below(clients.length)];
    const action = random.below(10);
    if (action < 5) client?.start();
    else if (action < 6) client?.die();
    else if (action < 7) client?.leave();
    else client?.loseConnection();
    world.after(random.below(4000), step);
  };
  step();
}

/** Reading the log back up to anywhere gives what was durable then. */
function checkReplays(run: Run, seed: number): void {
  const { log, states, core: live } = run.world;
  states.set(log.length, durableState(live));
  for (const [length, state] of states) {
    const core = replayed(log.slice(0, length), seed);
    assert(durableState(core) === state, () => `the first ${length} records give another state`);
  }
}

describe('simulation: clients join, sync, beat, commit, die, leave and lose their connections', () => {
  it.each(Array.from({ length: 8 }, (_, index) => index * 1000))('seeds from %i', (first) => {
    for (let seed = first; seed < first + 8; seed++) {
      try {
        checkReplays(simulate(seed), seed);
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
  });

  it('does what it is meant to do: generations, commits, failures, expiries', () => {
    const { observer, world } = simulate(42);
    expect(observer.synced).toBeGreaterThan(20);
    expect(observer.committed).toBeGreaterThan(200);
    expect(observer.errors.get('Heartbeat REBALANCE_IN_PROGRESS')).toBeGreaterThan(3);
    expect(world.core.figures().counters.expiredMembers).toBeGreaterThan(0);
    expect(world.core.figures().counters.failedAppends).toBeGreaterThan(0);
  });

  it('repeats itself from its seed', () => {
    const [first, second] = [simulate(7), simulate(7)];
    expect(second.world.log.length).toBe(first.world.log.length);
    expect([...second.observer.errors]).toEqual([...first.observer.errors]);
    expect(durableState(second.world.core)).toBe(durableState(first.world.core));
    expect(second.world.core.describe(groupId).state).toBe(first.world.core.describe(groupId).state);
  });
});

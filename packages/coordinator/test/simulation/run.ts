import { assert } from '@streambus/runtime';
import { Client, type ClientTraits } from './client.ts';
import { Observer } from './observer.ts';
import { durableState, replayed, World } from './world.ts';

/** One whole run, for a closer look at its end. */
export interface Run {
  readonly world: World;
  readonly observer: Observer;
  readonly clients: readonly Client[];
}

/** Two minutes of churn, then one of peace. */
export function simulate(seed: number): Run {
  const world = new World(seed);
  const observer = new Observer(world);
  const { random } = world;
  const clients = Array.from({ length: 2 + random.below(6) }, (_, index) => {
    const traits: ClientTraits = {
      name: `client-${index}`,
      apiVersion: [2, 4, 5, 9][random.below(4)] ?? 9,
      instanceId: random.below(3) === 0 ? `static-${index}` : null,
      commits: random.below(3) > 0,
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
    const action = random.below(12);
    if (action < 5) client?.start();
    else if (action < 6) client?.die();
    else if (action < 7) client?.leave();
    else if (action < 9) client?.restart();
    else client?.loseConnection();
    world.after(random.below(4000), step);
  };
  step();
}

/** Reading the log back up to anywhere gives what was durable then. */
export function checkReplays(run: Run, seed: number): void {
  const { log, states, core: live } = run.world;
  states.set(log.length, durableState(live));
  for (const [length, state] of states) {
    const core = replayed(log.slice(0, length), seed);
    assert(durableState(core) === state, () => `the first ${length} records give another state`);
  }
}

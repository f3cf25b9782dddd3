import type { World } from '../../src/world/world.ts';

/** A world in which time passes as fast as it can, while a test that knows nothing of it waits for promises. */
export function runInBackground(world: World): { stop(): void } {
  let stopped = false;
  const step = async (): Promise<void> => {
    while (!stopped) await world.run(1000);
  };
  void step();
  return {
    stop: () => {
      stopped = true;
    },
  };
}

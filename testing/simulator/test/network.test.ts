import { createSeededRandom } from '@streambus/runtime/testing';
import { expect, it } from 'vitest';
import { SimulatedNetwork } from '../src/network/simulated-network.ts';
import { SimulatedProcess } from '../src/world/simulated-process.ts';
import { World } from '../src/world/world.ts';

const traits = { delayUs: 1000, jitterUs: 0, splitPercent: 0, transitBytes: 65_536 };

it('what is on a throttled way arrives when the way is cleared, in its order', async () => {
  const world = new World();
  const network = new SimulatedNetwork(world, createSeededRandom(1), traits);
  const machines = [network.machine('10.0.0.1'), network.machine('10.0.0.2')] as const;
  const [here, there] = machines.map((machine, at) => {
    const clock = { rate: 1_000_000, wallStartMs: 0 };
    return network.portOf(new SimulatedProcess(`node ${at}`, world, createSeededRandom(at), clock), machine);
  });
  const received: number[] = [];
  await there?.listen({ host: '10.0.0.2', port: 1 }, (connection) => {
    connection.start({ onData: (bytes) => received.push(...bytes), onClose: () => {} });
  });
  const connecting = here?.connect({ host: '10.0.0.2', port: 1 }, { timeoutMs: 1000 });
  await world.run(10_000);
  const connection = await connecting;
  network.link(...machines).bytesPerMs = 1;
  for (let chunk = 0; chunk < 5; chunk++) connection?.write([new Uint8Array(1000).fill(chunk)]);
  await world.run(2_500_000);
  expect(received.length).toBe(2000);

  network.link(...machines).bytesPerMs = 0;
  network.clear(...machines);
  await world.run(2 * traits.delayUs);
  expect(received).toEqual([0, 1, 2, 3, 4].flatMap((chunk) => new Array<number>(1000).fill(chunk)));
});

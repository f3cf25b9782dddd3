import { createSeededRandom } from '@streambus/runtime/testing';
import {
  describeClockCompliance,
  describeDiskCompliance,
  describeNetworkCompliance,
} from '@streambus-testing/compliance';
import { afterEach } from 'vitest';
import { SimulatedDisk } from '../src/disk/simulated-disk.ts';
import { SimulatedNetwork } from '../src/network/simulated-network.ts';
import { SimulatedProcess } from '../src/world/simulated-process.ts';
import { World } from '../src/world/world.ts';
import { runInBackground } from './support/run-in-background.ts';

/** What a process of a simulation sees of the outside is what a real one sees: the same suites pass. */
const running: { stop(): void }[] = [];

afterEach(() => {
  for (const one of running.splice(0)) one.stop();
});

function liveProcess(): SimulatedProcess {
  const world = new World();
  running.push(runInBackground(world));
  const traits = { rate: 1_000_000, wallStartMs: Date.UTC(2025, 0, 1) };
  return new SimulatedProcess('under test', world, createSeededRandom(1), traits);
}

describeClockCompliance('the clock of a simulated process', () => {
  return { clock: liveProcess().clock, until: (promise) => promise };
});

const ways = [
  { name: 'a near machine', delayUs: 50, jitterUs: 0, splitPercent: 0 },
  { name: 'a far machine, with jitter, in random pieces', delayUs: 5000, jitterUs: 20_000, splitPercent: 50 },
];

for (const { name, ...traits } of ways) {
  describeNetworkCompliance(`the simulated network of ${name}`, () => {
    const process = liveProcess();
    const network = new SimulatedNetwork(process.world, createSeededRandom(2), { ...traits, transitBytes: 65_536 });
    const machine = network.machine('10.0.0.1');
    return { network: network.portOf(process, machine), host: '10.0.0.1' };
  });
}

describeDiskCompliance('the simulated disk', async () => {
  const process = liveProcess();
  const traits = { operationUs: 100, syncUs: 1000, slowSyncPercent: 5 };
  const disk = new SimulatedDisk(process.world, createSeededRandom(3), traits);
  await disk.instantly((memory) => memory.makeDirectory('/test/folder'));
  return { disk: disk.portOf(process), folder: '/test/folder', dispose: async () => {} };
});

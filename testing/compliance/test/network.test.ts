import { createNodeNetwork, nodeClock } from '@streambus/runtime/node';
import { createMemoryNetwork, createSeededRandom } from '@streambus/runtime/testing';
import { describeNetworkCompliance } from '../src/index.ts';

describeNetworkCompliance('createNodeNetwork', () => ({ network: createNodeNetwork(), host: '127.0.0.1' }));

describeNetworkCompliance('createMemoryNetwork', () => ({
  network: createMemoryNetwork({ clock: nodeClock }),
  host: '127.0.0.1',
}));

describeNetworkCompliance('createMemoryNetwork that cuts at random places', () => ({
  network: createMemoryNetwork({ clock: nodeClock, random: createSeededRandom(7) }),
  host: '127.0.0.1',
}));

import { createNodeNetwork, createNodeTls, nodeClock } from '@streambus/runtime/node';
import { createMemoryNetwork, createMemoryTls, createSeededRandom } from '@streambus/runtime/testing';
import { describeTlsCompliance } from '../src/index.ts';

describeTlsCompliance('createNodeTls', () => ({
  tls: createNodeTls(),
  network: createNodeNetwork(),
  host: '127.0.0.1',
}));

describeTlsCompliance('createMemoryTls', () => ({
  tls: createMemoryTls({ clock: nodeClock }),
  network: createMemoryNetwork({ clock: nodeClock }),
  host: '127.0.0.1',
}));

describeTlsCompliance('createMemoryTls over a network that cuts at random places', () => ({
  tls: createMemoryTls({ clock: nodeClock }),
  network: createMemoryNetwork({ clock: nodeClock, random: createSeededRandom(11) }),
  host: '127.0.0.1',
}));

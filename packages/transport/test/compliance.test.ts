import type { Network } from '@streambus/runtime';
import { createNodeNetwork, createNodeTls, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createMemoryNetwork, createSeededRandom } from '@streambus/runtime/testing';
import { createTransport } from '@streambus/transport';
import { type TransportComplianceContext, transportCompliance } from '@streambus/transport/testing';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { describe, it } from 'vitest';
import { FaultyNetwork } from './compliance-faults.ts';

const timeoutMs = 30_000;

function contextOf(network: Network): TransportComplianceContext {
  const faulty = new FaultyNetwork(network, nodeClock);
  return {
    clock: nodeClock,
    listen: { host: '127.0.0.1', port: 0 },
    createTransport: (options) =>
      createTransport(options, { clock: nodeClock, random: nodeRandom, network: faulty.viewOf(options.nodeId) }),
    disconnect: (one, other) => faulty.disconnect(one, other),
    kill: (id) => faulty.kill(id),
    cut: (one, other) => faulty.cut(one, other),
    heal: (one, other) => faulty.heal(one, other),
  };
}

/** Every node with a certificate of one authority. */
function tlsContext(): TransportComplianceContext {
  const authority = createCertificateAuthority({ name: 'compliance' });
  return {
    clock: nodeClock,
    listen: { host: '127.0.0.1', port: 0 },
    createTransport: (options) => {
      const credentials = authority.issue({ names: [`node-${options.nodeId}`] });
      const dependencies = { clock: nodeClock, random: nodeRandom, network: createNodeNetwork(), tls: createNodeTls() };
      return createTransport({ ...options, tls: { credentials } }, dependencies);
    },
  };
}

describe('createTransport as Transport, over TCP', () => {
  for (const { name, run } of transportCompliance) {
    it(name, { timeout: timeoutMs }, () => run(contextOf(createNodeNetwork())));
  }
});

describe('createTransport as Transport, over TLS', () => {
  // The faults sit between a connection and its owner, where TLS has to find the connection itself.
  for (const { name, run } of transportCompliance.filter(({ needs }) => needs === undefined)) {
    it(name, { timeout: timeoutMs }, () => run(tlsContext()));
  }
});

describe('createTransport as Transport, over memory that cuts what arrives at random places', () => {
  for (const { name, run } of transportCompliance) {
    it(name, { timeout: timeoutMs }, () => {
      const network = createMemoryNetwork({
        clock: nodeClock,
        random: createSeededRandom(11),
        transitBytes: 4_194_304,
      });
      return run(contextOf(network));
    });
  }
});

import type { Clock, Network, Tls } from '@streambus/runtime';
import { createNodeNetwork, createNodeTls, nodeClock, nodeRandom } from '@streambus/runtime/node';
import {
  createManualClock,
  createMemoryNetwork,
  createMemoryTls,
  createSeededRandom,
} from '@streambus/runtime/testing';
import { createTransport } from '@streambus/transport';
import { type TransportComplianceContext, transportCompliance } from '@streambus/transport/testing';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { describe, expect, it } from 'vitest';
import { FaultyNetwork } from './compliance-faults.ts';

const timeoutMs = 30_000;
const authority = createCertificateAuthority({ name: 'Test authority' });

/** Every node has a certificate of its own, made when it is made. */
function contextOf(clock: Clock, network: Network, tls: Tls): TransportComplianceContext {
  const faulty = new FaultyNetwork(network, clock);
  return {
    clock,
    listen: { host: '127.0.0.1', port: 0 },
    createTransport: (options) =>
      createTransport(
        { ...options, tls: { credentials: authority.issue({ names: [`node-${options.nodeId}`] }) } },
        { clock, random: nodeRandom, network: faulty.viewOf(options.nodeId), tls: faulty.secureBy(tls) },
      ),
    disconnect: (one, other) => faulty.disconnect(one, other),
    kill: (id) => faulty.kill(id),
    cut: (one, other) => faulty.cut(one, other),
    heal: (one, other) => faulty.heal(one, other),
  };
}

describe('createTransport as Transport, over TLS, with faults between nodes', () => {
  // The other cases are with those over TCP.
  for (const { name, run } of transportCompliance.filter(({ needs }) => needs !== undefined)) {
    it(name, { timeout: timeoutMs }, () => run(contextOf(nodeClock, createNodeNetwork(), createNodeTls())));
  }
});

describe('createTransport as Transport, over TLS in memory, by a manual clock', () => {
  for (const { name, run } of transportCompliance) {
    it(name, { timeout: timeoutMs }, async () => {
      const clock = createManualClock();
      const network = createMemoryNetwork({ clock, random: createSeededRandom(11), transitBytes: 4_194_304 });
      await clock.until(run(contextOf(clock, network, createMemoryTls({ clock }))));
      await clock.settle();
      expect([clock.pendingTimers, network.openEnds]).toEqual([0, 0]);
    });
  }
});

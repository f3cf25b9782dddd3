import type { Clock, Random } from '@streambus/runtime';
import { nodeClock } from '@streambus/runtime/node';
import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import {
  createMemoryTransportHub,
  type TransportComplianceContext,
  transportCompliance,
} from '@streambus/transport/testing';
import { describe, expect, it } from 'vitest';

const timeoutMs = 30_000;

function contextOf(clock: Clock, options: { random?: Random; maxDelayMs?: number } = {}): TransportComplianceContext {
  const hub = createMemoryTransportHub({ clock, ...options });
  return {
    clock,
    listen: { host: '127.0.0.1', port: 0 },
    createTransport: (transportOptions) => hub.createTransport(transportOptions),
    disconnect: (one, other) => hub.disconnect(one, other),
    kill: (id) => hub.kill(id),
    cut: (one, other) => hub.cut(one, other),
    heal: (one, other) => hub.heal(one, other),
  };
}

describe('createMemoryTransportHub as Transport, by a manual clock', () => {
  for (const { name, run } of transportCompliance) {
    it(name, { timeout: timeoutMs }, async () => {
      const clock = createManualClock();
      await clock.until(run(contextOf(clock)));
      expect(clock.pendingTimers).toBe(0);
    });
  }
});

describe('createMemoryTransportHub as Transport, where messages take up to 5 ms', () => {
  for (const { name, run } of transportCompliance) {
    it(name, { timeout: timeoutMs }, async () => {
      const clock = createManualClock();
      await clock.until(run(contextOf(clock, { random: createSeededRandom(5), maxDelayMs: 5 })));
    });
  }
});

describe('createMemoryTransportHub as Transport, by the clock of the machine', () => {
  for (const { name, run } of transportCompliance) {
    it(name, { timeout: timeoutMs }, () => run(contextOf(nodeClock)));
  }
});

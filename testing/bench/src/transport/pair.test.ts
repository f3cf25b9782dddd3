import { describe, expect, it } from 'vitest';
import { measurePair, startPair } from './pair.ts';
import { loads } from './plan.ts';

describe('two processes with one connection', () => {
  for (const { contender, isSecured } of [
    { contender: 'bare', isSecured: false },
    { contender: 'bare', isSecured: true },
    { contender: 'grpc', isSecured: false },
    { contender: 'streambus', isSecured: false },
    { contender: 'streambus', isSecured: true },
  ] as const) {
    it(`of ${contender}${isSecured ? ' over TLS' : ''} carry every load`, async () => {
      await using pair = await startPair(contender, isSecured, 'test');
      for (const load of Object.values(loads)) {
        const figures = await measurePair(pair, load, 20, 50);
        expect(figures.messagesPerSecond).toBeGreaterThan(0);
        expect(figures.bytesPerSecond / figures.messagesPerSecond).toBeCloseTo(load.messageBytes);
        expect(figures.p50Us > 0).toBe(load.work === 'round-trips');
      }
    });
  }
});

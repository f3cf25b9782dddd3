import { createCertificateAuthority } from '@streambus-testing/certificates';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../network.ts';
import type { SecuredConnection } from '../tls.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryNetwork, type MemoryNetwork } from './memory-network.ts';
import { createMemoryTls } from './memory-tls.ts';

const dayMs = 24 * 60 * 60 * 1000;
const authority = createCertificateAuthority({ name: 'Test authority' });
const good = authority.issue({ names: ['node-1'] });

interface World {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  pair(): Promise<{ readonly client: Connection; readonly server: Connection }>;
}

function createWorld(): World {
  const clock = createManualClock();
  const network = createMemoryNetwork({ clock });
  return {
    clock,
    network,
    async pair() {
      const accepted = Promise.withResolvers<Connection>();
      const listener = await network.listen({ host: 'localhost', port: 0 }, accepted.resolve);
      const client = await clock.until(network.connect(listener.address, { timeoutMs: 1000 }));
      await listener.close();
      return { client, server: await clock.until(accepted.promise) };
    },
  };
}

describe('createMemoryTls', () => {
  it('judges certificates by its clock: what is good today has expired tomorrow', async () => {
    const { clock, pair } = createWorld();
    const tls = createMemoryTls({ clock });
    const credentials = authority.issue({ notAfter: new Date(clock.wallTimeMs() + dayMs) });
    const handshake = async (): Promise<SecuredConnection> => {
      const { client, server } = await pair();
      const both = Promise.all([
        tls.secure(client, { role: 'client', credentials, timeoutMs: 1000 }),
        tls.secure(server, { role: 'server', credentials: good, timeoutMs: 1000 }),
      ]);
      return (await clock.until(both))[1];
    };
    expect((await handshake()).peer.verified).toBe(true);
    await clock.advance(2 * dayMs);
    expect((await handshake()).peer).toEqual({
      verified: false,
      problem: 'the certificate expired at 2025-01-02T00:00:00.000Z',
    });
  });

  it('waits by its clock for a peer behind a cable that is out; a minute costs nothing', async () => {
    const { clock, network, pair } = createWorld();
    const tls = createMemoryTls({ clock });
    const { client } = await pair();
    network.stall();
    const secured = tls.secure(client, { role: 'client', credentials: good, timeoutMs: 60_000 });
    const refused = expect(secured).rejects.toMatchObject({ code: 'TLS_TIMEOUT' });
    await clock.advance(59_999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    await refused;
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer and no socket behind when it fails', async () => {
    const { clock, network, pair } = createWorld();
    const tls = createMemoryTls({ clock });
    const { client, server } = await pair();
    const secured = tls.secure(client, { role: 'client', credentials: good, timeoutMs: 60_000 });
    server.write([new TextEncoder().encode('memory TLS server 00009no PEM...')]);
    await clock.until(expect(secured).rejects.toMatchObject({ code: 'TLS_HANDSHAKE' }));
    await clock.settle();
    expect([clock.pendingTimers, network.openEnds]).toEqual([0, 0]);
  });
});

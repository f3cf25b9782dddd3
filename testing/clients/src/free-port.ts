import { createServer } from 'node:net';

/**
 * A port that nobody has, for a broker that comes back on it. It is outside of the range from which systems take the ports of
 * outgoing connections: a client that keeps connecting to a port in it, while nobody listens there, ends up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

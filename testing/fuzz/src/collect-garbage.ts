import type { BrokerProcess } from '@streambus-testing/harness';

const timeoutMs = 20_000;

/** What a broker must be started with, so that {@link collectGarbage} finds its inspector at a port of its own. */
export const inspectorOptions: readonly string[] = ['--inspect-port=127.0.0.1:0'];

/**
 * Makes a process collect its garbage, through Node's inspector, which SIGUSR1 opens. V8 leaves garbage where it is while
 * nobody needs the room, so that the memory of an idle process says nothing about what it holds on to.
 */
export async function collectGarbage(broker: BrokerProcess): Promise<void> {
  const address = await openInspector(broker);
  const socket = new WebSocket(address);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the inspector did not collect the garbage in time')), timeoutMs);
  socket.addEventListener('open', () => {
    // What is held by what the first one frees goes with the second.
    for (const id of [1, 2]) socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
  });
  socket.addEventListener('message', ({ data }) => {
    if (JSON.parse(String(data)).id === 2) resolve();
  });
  socket.addEventListener('error', () => reject(new Error(`the inspector at ${address} cannot be reached`)));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function openInspector(broker: BrokerProcess): Promise<string> {
  process.kill(broker.pid, 'SIGUSR1');
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const address = /^Debugger listening on (ws:\S+)$/m.exec(broker.stderr())?.[1];
    if (address !== undefined) return address;
    if (performance.now() > deadline) throw new Error('the inspector did not open in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

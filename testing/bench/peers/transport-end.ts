import { answerCalls } from '@streambus-testing/harness';
import { loadContender } from '../src/transport/contenders.ts';
import { EndLoad } from '../src/transport/end-load.ts';
import type { Endpoint } from '../src/transport/endpoint.ts';
import type { EndFunctions } from '../src/transport/pair.ts';

/** One side of a contender's connection, told what to do by the process that started it. */
const load = new EndLoad();
let connected: Promise<Endpoint> | undefined;

answerCalls<EndFunctions>({
  async listen({ contender, credentials }) {
    const listening = await (await loadContender(contender)).listen(load, credentials);
    connected = listening.connected;
    return listening.port;
  },
  async connect({ contender, credentials, port }) {
    load.attach(await (await loadContender(contender)).connect(port, load, credentials));
  },
  async connected() {
    if (connected === undefined) throw new Error('it does not listen');
    load.attach(await connected);
  },
  begin: ({ work, messageBytes }) => load.begin(work, messageBytes),
  sample: () => load.sample(),
  readMetrics: (timesPerSecond) => load.readMetrics(timesPerSecond),
  timeMetrics: (reads) => load.timeMetrics(reads),
});

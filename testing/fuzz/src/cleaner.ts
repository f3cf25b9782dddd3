import { apis } from '@streambus/kafka';
import { KafkaSocket } from './kafka-socket.ts';
import { filledTopic, fuzzTopics, witnessTopic } from './names.ts';

const intervalMs = 1000;
const kept = new Set([witnessTopic, filledTopic, ...fuzzTopics]);

/** Removes topics that frames have made, as an operator would: making them is allowed, and would fill any memory. */
export function keepClean(port: number): { stop(): Promise<number> } {
  let removed = 0;
  let isStopped = false;
  const run = async (): Promise<void> => {
    using socket = await KafkaSocket.open(port);
    for (;;) {
      removed += await clean(socket);
      if (isStopped) return;
      await makeTopics(socket, fuzzTopics, 3);
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  };
  const running = run();
  return {
    async stop() {
      isStopped = true;
      await running;
      return removed;
    },
  };
}

async function clean(socket: KafkaSocket): Promise<number> {
  const { topics } = await socket.ask(apis.metadata, 9, { topics: null, allowAutoTopicCreation: false });
  const topicNames = topics
    .flatMap(({ name, isInternal }) => (name === null || isInternal || kept.has(name) ? [] : [name]))
    .slice(0, 1000);
  if (topicNames.length === 0) return 0;
  await socket.ask(apis.deleteTopics, 5, { topicNames, timeoutMs: 30_000 });
  return topicNames.length;
}

/** Creates topics; those that are there stay. */
export async function makeTopics(
  socket: KafkaSocket,
  names: readonly string[],
  numPartitions: number,
  configs: readonly { readonly name: string; readonly value: string }[] = [],
): Promise<void> {
  const topics = names.map((name) => ({
    name,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs,
  }));
  await socket.ask(apis.createTopics, 4, { topics, timeoutMs: 30_000, validateOnly: false });
}

import { loopMs, residentBytes } from '../process-usage.ts';
import { channelList } from './plan.ts';
import type { Victim, VictimSample } from './victim.ts';

const rssIntervalMs = 50;
const sampleIntervalMs = 250;
const keptProblems = 10;

/** The most that was seen of a victim. */
export interface VictimWatch {
  readonly maxRssBytes: number;
  readonly maxHeapBytes: number;
  readonly maxBufferBytes: number;
  readonly maxDescriptors: number;
  readonly maxHandshakes: number;
  /** The most processor time that its event loop used from a question until its answer: it stood still for that long at most. */
  readonly maxLoopMs: number;
  readonly problems: readonly string[];
  stop(): Promise<void>;
}

/** Watches a victim from outside, and by asking it. */
export function watchVictim(victim: Victim): VictimWatch {
  const max = { rss: 0, heap: 0, buffers: 0, descriptors: 0, handshakes: 0, loopMs: 0 };
  const problems: string[] = [];
  let isStopped = false;
  const timer = setInterval(() => {
    max.rss = Math.max(max.rss, residentBytes(victim.pid) ?? 0);
  }, rssIntervalMs);
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const beforeMs = loopMs(victim.pid) ?? 0;
      const sample = await victim.sample();
      max.loopMs = Math.max(max.loopMs, (loopMs(victim.pid) ?? 0) - beforeMs);
      max.heap = Math.max(max.heap, sample.heapUsed);
      max.buffers = Math.max(max.buffers, sample.arrayBuffers);
      max.descriptors = Math.max(max.descriptors, sample.descriptors ?? 0);
      max.handshakes = Math.max(max.handshakes, sample.metrics.handshakesInProgress);
      if (problems.length < keptProblems) problems.push(...overflowingQueues(sample));
      await new Promise((resolve) => setTimeout(resolve, sampleIntervalMs));
    }
  };
  const running = run().catch((thrown: unknown) => {
    problems.push(`the victim could not be looked at: ${thrown instanceof Error ? thrown.message : thrown}`);
  });
  return {
    get maxRssBytes() {
      return max.rss;
    },
    get maxHeapBytes() {
      return max.heap;
    },
    get maxBufferBytes() {
      return max.buffers;
    },
    get maxDescriptors() {
      return max.descriptors;
    },
    get maxHandshakes() {
      return max.handshakes;
    },
    get maxLoopMs() {
      return max.loopMs;
    },
    problems,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

function overflowingQueues({ metrics }: VictimSample): string[] {
  return metrics.peers.flatMap((peer) =>
    channelList.flatMap(({ name, maxQueuedBytes, maxQueuedMessages }) => {
      const { queuedBytes = 0, queuedMessages = 0 } = peer.channels[name] ?? {};
      if (queuedBytes <= maxQueuedBytes && queuedMessages <= maxQueuedMessages) return [];
      return [`${queuedMessages} messages and ${queuedBytes} bytes wait on '${name}' for peer ${peer.id}`];
    }),
  );
}

import { apis } from '@streambus/kafka';
import { KafkaSocket } from './kafka-socket.ts';
import { loopMs, residentBytes } from './process-usage.ts';

const rssIntervalMs = 100;
const askIntervalMs = 100;
const stalledMs = 30_000;

/** What was seen of a process from outside. */
export interface Watch {
  /** Resident memory now; undefined where the system does not tell. */
  rssBytes(): number | undefined;
  readonly maxRssBytes: number;
  /** How long a heartbeat took, each of those every 100 ms. */
  readonly latenciesMs: readonly number[];
  /**
   * The most time that the broker's event loop spent on the processor during one heartbeat: how long it stood still, whatever
   * else the machine had to do. Undefined where the system does not tell.
   */
  readonly maxLoopMs: number | undefined;
  readonly failure: string | undefined;
  /** Resolves when an answer takes so long that none may ever come. */
  readonly stalled: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Watches a broker: its memory, and how long it takes to answer a heartbeat on a connection of its own, which is at least as
 * long as its event loop stands still.
 *
 * @param onSlow - told of an answer that took longer than 500 ms, and how much of that the event loop was on the processor
 */
export async function startWatch(
  pid: number,
  port: number,
  onSlow: (latencyMs: number, loopMs: number) => void,
): Promise<Watch> {
  const rssBytes = (): number | undefined => residentBytes(pid);
  const latenciesMs: number[] = [];
  let maxRssBytes = rssBytes() ?? 0;
  let maxLoopMs = loopMs(pid);
  if (maxLoopMs !== undefined) maxLoopMs = 0;
  let failure: string | undefined;
  let isStopped = false;
  const stalled = Promise.withResolvers<void>();
  const rssTimer = setInterval(() => {
    maxRssBytes = Math.max(maxRssBytes, rssBytes() ?? 0);
  }, rssIntervalMs);
  const socket = await KafkaSocket.open(port);
  const ask = async (): Promise<void> => {
    while (!isStopped) {
      const startedMs = performance.now();
      const loopStartedMs = loopMs(pid) ?? 0;
      const timer = setTimeout(() => stalled.resolve(), stalledMs);
      await socket.ask(apis.heartbeat, 4, { groupId: 'watch', generationId: 1, memberId: 'nobody' });
      clearTimeout(timer);
      const latencyMs = performance.now() - startedMs;
      latenciesMs.push(latencyMs);
      const usedMs = (loopMs(pid) ?? 0) - loopStartedMs;
      if (maxLoopMs !== undefined) maxLoopMs = Math.max(maxLoopMs, usedMs);
      if (latencyMs > 500) onSlow(latencyMs, usedMs);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, askIntervalMs - latencyMs)));
    }
  };
  const running = ask().catch((thrown: unknown) => {
    failure = `the heartbeat beside failed: ${thrown instanceof Error ? thrown.message : thrown}`;
  });
  return {
    rssBytes,
    get maxRssBytes() {
      return maxRssBytes;
    },
    get maxLoopMs() {
      return maxLoopMs;
    },
    latenciesMs,
    stalled: stalled.promise,
    get failure() {
      return failure;
    },
    async stop() {
      isStopped = true;
      clearInterval(rssTimer);
      await running;
      socket[Symbol.dispose]();
    },
  };
}

import { errorCodes, type FetchRequestInput, type FetchResponse, type ItemOf, zeroUuid } from '@streambus/kafka';
import type { Partition, PartitionFetchAnswer } from '@streambus/replication';
import type { Clock } from '@streambus/runtime';

type PartitionAnswer = ItemOf<ItemOf<FetchResponse['responses']>['partitions']>;

/** What a leader's broker does with a follower's Fetch: it holds it back until there is something to say. */
export async function serveFetch(
  partition: Partition,
  request: FetchRequestInput,
  clock: Clock,
): Promise<FetchResponse> {
  const [topic] = request.topics;
  const [wanted] = topic?.partitions ?? [];
  if (topic === undefined || wanted === undefined) throw new Error('the request names no partition');
  const deadlineMs = clock.monotonicMs() + request.maxWaitMs;
  for (;;) {
    const answer = await partition.fetch({
      reader: {
        kind: 'follower',
        brokerId: request.replicaState?.replicaId ?? -1,
        brokerEpoch: request.replicaState?.replicaEpoch ?? -1,
        logStartOffset: wanted.logStartOffset ?? -1,
      },
      currentLeaderEpoch: wanted.currentLeaderEpoch ?? -1,
      fetchOffset: wanted.fetchOffset,
      lastFetchedEpoch: wanted.lastFetchedEpoch ?? -1,
      maxBytes: wanted.partitionMaxBytes,
      minOneBatch: true,
    });
    const remainingMs = deadlineMs - clock.monotonicMs();
    if (answer.kind !== 'records' || answer.sizeBytes > 0 || remainingMs <= 0) {
      const { topic: name = '', topicId = zeroUuid } = topic;
      const partitions = [protocolAnswer(wanted.partition, answer)];
      return response({ topic: name, topicId, partitions });
    }
    await changed(partition, clock, remainingMs);
  }
}

function changed(partition: Partition, clock: Clock, remainingMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(remainingMs, done);
    const stop = partition.onLogEnd(done);
    function done(): void {
      timer.cancel();
      stop();
      resolve();
    }
  });
}

function response(topic: ItemOf<FetchResponse['responses']>): FetchResponse {
  return { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: [topic], nodeEndpoints: [] };
}

function protocolAnswer(partitionIndex: number, answer: PartitionFetchAnswer): PartitionAnswer {
  const { highWatermark, logStartOffset } = answer;
  return {
    partitionIndex,
    errorCode: answer.kind === 'refused' ? errorCodes[answer.error] : 0,
    highWatermark,
    logStartOffset,
    lastStableOffset: highWatermark,
    divergingEpoch:
      answer.kind === 'diverging' ? { epoch: answer.epoch, endOffset: answer.endOffset } : { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: null,
    preferredReadReplica: -1,
    // As it comes from a socket: one piece, of the receiver's own.
    records: answer.kind === 'records' ? Uint8Array.from(Buffer.concat(answer.chunks)) : null,
  };
}

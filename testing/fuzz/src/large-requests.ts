import { type Api, apis, encodeRequest, type RequestInputOf } from '@streambus/kafka';
import type { Dice } from './dice.ts';
import { compactedTopic, fuzzTopics } from './names.ts';
import { compressedBomb } from './random-records.ts';

/** Requests that the protocol allows and that ask for as much work as fits into one frame. */
const makers: Readonly<Record<string, (dice: Dice) => Buffer>> = {
  'check 2,000 topics of 10,000 partitions': (dice) => createTopics(dice, 2000, 10_000, true),
  'check 49,000 topics': (dice) => createTopics(dice, 49_000, 1, true),
  'create 3,000 topics of 2^31-1 partitions': (dice) => createTopics(dice, 3000, 0x7fffffff, false),
  // The largest that one command may be; what is made is removed by the cleaner.
  'check 5,000 topics': (dice) => createTopics(dice, 5000, 1, true),
  'create a topic of 2,000 partitions': (dice) => createTopics(dice, 1, 2000, false),
  'grow 49,000 topics': () => {
    const topics = Array.from({ length: 49_000 }, (_, index) => ({
      name: `fuzz-grow-${index}`,
      count: 0x7fffffff,
      assignments: null,
    }));
    return frame(apis.createPartitions, 3, { topics, timeoutMs: 1000, validateOnly: false });
  },
  'delete 49,000 topics': () => {
    const topicNames = Array.from({ length: 49_000 }, (_, index) => `fuzz-gone-${index}`);
    return frame(apis.deleteTopics, 5, { topicNames, timeoutMs: 1000 });
  },
  'name 45,000 topics': () => {
    const topics = Array.from({ length: 45_000 }, (_, index) => ({ name: `m${index}` }));
    return frame(apis.metadata, 12, { topics, allowAutoTopicCreation: true });
  },
  'list 45,000 offsets': (dice) => {
    const partitions = Array.from({ length: 45_000 }, (_, index) => ({ partitionIndex: index % 5, timestamp: 0 }));
    return frame(apis.listOffsets, 5, { topics: [{ name: dice.pick(fuzzTopics), partitions }], replicaId: -1 });
  },
  'fetch 45,000 partitions': (dice) => {
    const partitions = Array.from({ length: 45_000 }, (_, index) => ({
      partition: index % 3,
      fetchOffset: 0,
      partitionMaxBytes: 0x7fffffff,
    }));
    const topics = [{ topic: dice.pick(fuzzTopics), partitions }];
    return frame(apis.fetch, 11, { topics, maxBytes: 0x7fffffff, minBytes: 1, maxWaitMs: 0 });
  },
  'commit 45,000 offsets': (dice) => {
    const partitions = Array.from({ length: 45_000 }, (_, index) => ({
      partitionIndex: index % 3,
      committedOffset: 1,
      committedMetadata: null,
    }));
    return frame(apis.offsetCommit, 8, {
      groupId: 'group-large',
      topics: [{ name: dice.pick(fuzzTopics), partitions }],
    });
  },
  'fetch 900,000 committed offsets': (dice) => {
    const partitionIndexes = Array.from({ length: 900_000 }, (_, index) => index);
    return frame(apis.offsetFetch, 7, {
      groupId: 'group-1',
      topics: [{ name: dice.pick(fuzzTopics), partitionIndexes }],
    });
  },
  'describe 45,000 groups': () =>
    frame(apis.describeGroups, 5, { groups: Array.from({ length: 45_000 }, (_, index) => `g${index}`) }),
  'describe 45,000 configs': () => {
    const resources = Array.from({ length: 45_000 }, (_, index) => ({
      resourceType: 2,
      resourceName: `fuzz-new-${index}`,
      configurationKeys: null,
    }));
    return frame(apis.describeConfigs, 4, { resources, includeSynonyms: true, includeDocumentation: true });
  },
  'leave with 45,000 members': () => {
    const members = Array.from({ length: 45_000 }, (_, index) => ({ memberId: `m${index}`, groupInstanceId: null }));
    return frame(apis.leaveGroup, 4, { groupId: 'group-1', members });
  },
  'join with 45,000 protocols': (dice) => {
    const protocols = Array.from({ length: 45_000 }, (_, index) => ({ name: `p${index}`, metadata: dice.bytes(8) }));
    const asks = { groupId: 'group-wide', sessionTimeoutMs: 6000, rebalanceTimeoutMs: 50, memberId: '' };
    return frame(apis.joinGroup, 3, { ...asks, protocolType: 'consumer', protocols });
  },
  'decompress to 256 MiB': (dice) => {
    const partitionData = [{ index: 0, records: compressedBomb(dice) }];
    return frame(apis.produce, 9, { acks: -1, timeoutMs: 1000, topicData: [{ name: compactedTopic, partitionData }] });
  },
  'produce to 45,000 partitions': (dice) => {
    const partitionData = Array.from({ length: 45_000 }, (_, index) => ({ index, records: null }));
    const topicData = [{ name: dice.pick(fuzzTopics), partitionData }];
    return frame(apis.produce, 7, { acks: 1, timeoutMs: 1000, topicData });
  },
};

/** What the large requests ask for. */
export const largeRequests: readonly string[] = Object.keys(makers);

/** One of {@link largeRequests}. */
export function largeRequest(name: string, dice: Dice): Buffer {
  const make = makers[name];
  if (make === undefined) throw new RangeError(`there is no large request ${name}`);
  return make(dice);
}

function createTopics(dice: Dice, count: number, numPartitions: number, validateOnly: boolean): Buffer {
  const topics = Array.from({ length: count }, (_, index) => ({
    name: `fuzz-large-${dice.below(1000)}-${index}`,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }));
  return frame(apis.createTopics, 4, { topics, timeoutMs: 5000, validateOnly });
}

/** A whole frame with its length in front. */
export function frame<A extends Api>(api: A, version: number, request: RequestInputOf<A>): Buffer {
  return Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'fuzz' }, request));
}

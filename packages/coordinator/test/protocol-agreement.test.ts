import { groupErrorNames } from '@streambus/coordinator';
import { consumerProtocolSubscription, encodeMessage, errorCodes } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { subscribedTopics } from '../src/records/subscription.ts';

describe('what the wire protocol and the coordinator say alike', () => {
  it('every error has its number', () => {
    expect(groupErrorNames.filter((name) => !(name in errorCodes))).toEqual([]);
  });

  it.each([0, 1, 2, 3] as const)('topics are read out of a subscription of version %i', (version) => {
    const topics = ['orders', 'größe'];
    const all = { topics, userData: Buffer.from('anything') };
    const owned = [{ topic: 'orders', partitions: [1, 2] }];
    const message = version === 0 ? all : { ...all, ownedPartitions: owned };
    expect(subscribedTopics(encodeMessage(consumerProtocolSubscription, version, message, true))).toEqual(topics);
  });
});

import { createMetadataStateMachine } from '@streambus/metadata';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import type { RequestContext } from '../server/handler.ts';
import { metadataHandler } from './metadata.ts';
import type { BrokerServices } from './services.ts';

const incarnation = 'first';
const topicId = '00000000-0000-4000-8000-000000000001';

describe('the Metadata handler', () => {
  it.each([
    { asked: [{ name: 'orders', topicId: '' }], waitsFor: ['orders'] },
    { asked: [{ name: null, topicId }], waitsFor: ['orders'] },
    { asked: null, waitsFor: ['orders'] },
  ])('answers $asked when the partitions of these topics are open', async ({ asked, waitsFor }) => {
    const machine = createMetadataStateMachine();
    const endpoints = [{ listener: 'kafka', host: 'h', port: 1 }];
    machine.apply({ kind: 'registerBroker', brokerId: 1, incarnation, endpoints });
    machine.apply({ kind: 'unfenceBroker', brokerId: 1, incarnation });
    const placement = { kind: 'automatic', partitionCount: 1, replicationFactor: 1 } as const;
    machine.apply({ kind: 'createTopic', name: 'orders', topicId, placement });
    const { promise, resolve } = Promise.withResolvers<void>();
    const waited: string[] = [];
    const services = {
      store: { state: machine.state },
      config: { nodeId: 1, autoCreateTopicsEnable: false },
      clusterId: 'c',
      clock: createManualClock(),
      partitions: {
        opened(topics: Iterable<string>) {
          waited.push(...topics);
          return promise;
        },
      },
    } as unknown as BrokerServices;
    const context = { apiVersion: 12, advertisedAddress: { host: 'h', port: 1 } } as RequestContext;
    let answered = false;
    const answer = Promise.resolve(
      metadataHandler(services).handle(
        {
          topics: asked,
          allowAutoTopicCreation: false,
          includeClusterAuthorizedOperations: false,
          includeTopicAuthorizedOperations: false,
        },
        context,
      ),
    ).finally(() => {
      answered = true;
    });
    await new Promise<void>((done) => setImmediate(done));
    expect(answered).toBe(false);
    expect(waited).toEqual(waitsFor);
    resolve();
    expect((await answer)?.topics).toMatchObject([{ name: 'orders', errorCode: 0 }]);
  });
});

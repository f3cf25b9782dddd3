import { CoordinatorError } from '@streambus/coordinator';
import { apis, type DescribeProducersResponseInput } from '@streambus/kafka';
import type { Handler } from '../server/handler.ts';
import { errorCode } from './error-code.ts';
import { lookupError } from './lookup-error.ts';
import type { BrokerServices } from './services.ts';

const maxProducerEpoch = 0x7fff;

/** Gives an idempotent producer its id (KIP-98), or a new epoch of the one it has (KIP-360). */
export function initProducerIdHandler(services: BrokerServices): Handler<typeof apis.initProducerId> {
  return {
    api: apis.initProducerId,
    async handle(request, context) {
      const refused = (error: Parameters<typeof errorCode>[0]) => ({
        throttleTimeMs: 0,
        errorCode: errorCode(error),
        producerId: -1,
        producerEpoch: -1,
      });
      // There are no transactions here; a client that wants one must not believe that it has it.
      if (request.transactionalId !== null) return refused('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
      const { producerId, producerEpoch } = request;
      // An id that was never given out may become somebody else's.
      const isKnown = producerId >= 0 && producerId < services.store.state.nextProducerId;
      if (isKnown && producerEpoch >= 0 && producerEpoch < maxProducerEpoch - 1) {
        return { throttleTimeMs: 0, errorCode: errorCode('NONE'), producerId, producerEpoch: producerEpoch + 1 };
      }
      try {
        const allocated = await services.producerIds.allocate({ signal: context.signal });
        return { throttleTimeMs: 0, errorCode: errorCode('NONE'), producerId: allocated, producerEpoch: 0 };
      } catch (thrown) {
        if (!(thrown instanceof CoordinatorError)) throw thrown;
        services.logger.warn({ err: thrown }, 'could not give out a producer id');
        return refused('COORDINATOR_LOAD_IN_PROGRESS');
      }
    },
  };
}

type DescribedPartition = DescribeProducersResponseInput['topics'][number]['partitions'][number];

/** Describes the idempotent producers that partitions remember (KIP-664). */
export function describeProducersHandler(services: BrokerServices): Handler<typeof apis.describeProducers> {
  return {
    api: apis.describeProducers,
    handle: (request) => ({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((index) => describePartition(services, name, index)),
      })),
    }),
  };
}

function describePartition(services: BrokerServices, topic: string, partitionIndex: number): DescribedPartition {
  const lookup = services.partitions.lookup(topic, partitionIndex);
  if (lookup.kind !== 'leading') {
    const error = errorCode(lookupError(services, lookup, topic, partitionIndex));
    return { partitionIndex, errorCode: error, activeProducers: [] };
  }
  const activeProducers = Array.from(lookup.partition.producers, ({ producerId, epoch, batches }) => ({
    producerId,
    producerEpoch: epoch,
    lastSequence: batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp: batches.at(-1)?.timestampMs ?? -1,
    coordinatorEpoch: -1,
  }));
  return { partitionIndex, errorCode: errorCode('NONE'), activeProducers };
}

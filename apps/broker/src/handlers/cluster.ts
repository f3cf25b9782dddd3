import { apis, type DescribeLogDirsResponseInput } from '@streambus/kafka';
import type { Partition } from '@streambus/replication';
import type { Handler } from '../server/handler.ts';
import { brokerEndpoint } from './broker-endpoint.ts';
import { errorCode } from './error-code.ts';
import type { BrokerServices } from './services.ts';

const brokersEndpointType = 1;

/** Describes the brokers of the cluster. */
export function describeClusterHandler(services: BrokerServices): Handler<typeof apis.describeCluster> {
  const { config, clusterId, store } = services;
  return {
    api: apis.describeCluster,
    handle(request, context) {
      const { endpointType } = request;
      const isKnown = endpointType === brokersEndpointType;
      return {
        throttleTimeMs: 0,
        errorCode: errorCode(isKnown ? 'NONE' : 'UNSUPPORTED_ENDPOINT_TYPE'),
        errorMessage: isKnown ? null : `endpoint type is ${endpointType}; only 1 (brokers) is served`,
        endpointType,
        clusterId,
        controllerId: config.nodeId,
        brokers: isKnown
          ? Array.from(store.state.brokers.values(), (broker) => ({
              brokerId: broker.brokerId,
              ...brokerEndpoint(broker, config.nodeId, context.advertisedAddress),
              rack: broker.rack ?? null,
            }))
          : [],
      };
    },
  };
}

type LogDir = DescribeLogDirsResponseInput['results'][number];

/** Describes what this broker's data folder holds. */
export function describeLogDirsHandler(services: BrokerServices): Handler<typeof apis.describeLogDirs> {
  return {
    api: apis.describeLogDirs,
    async handle(request) {
      const wanted =
        request.topics && new Map(request.topics.map(({ topic, partitions }) => [topic, new Set(partitions)]));
      const topics = new Map<string, Partition[]>();
      for (const partition of services.partitions.open()) {
        if (wanted !== null && wanted.get(partition.topic)?.has(partition.partition) !== true) continue;
        topics.set(partition.topic, [...(topics.get(partition.topic) ?? []), partition]);
      }
      const usableBytes = await services.dataDir.freeBytes();
      const result: LogDir = {
        errorCode: errorCode('NONE'),
        logDir: services.dataDir.path,
        topics: Array.from(topics, ([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, sizeBytes }) => ({
            partitionIndex: partition,
            partitionSize: sizeBytes,
            offsetLag: 0,
            isFutureKey: false,
          })),
        })),
        totalBytes: -1,
        usableBytes,
      };
      return { throttleTimeMs: 0, results: [result] };
    },
  };
}

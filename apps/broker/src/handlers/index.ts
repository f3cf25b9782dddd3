/** What answers Kafka's requests: a file a family of APIs. */
import type { Handler } from '../server/handler.ts';
import { alterConfigsHandler, incrementalAlterConfigsHandler } from './alter-configs.ts';
import { apiVersionsHandler } from './api-versions.ts';
import { describeClusterHandler, describeLogDirsHandler } from './cluster.ts';
import { deleteRecordsHandler } from './delete-records.ts';
import { describeConfigsHandler } from './describe-configs.ts';
import { fetchHandler } from './fetch.ts';
import { findCoordinatorHandler } from './find-coordinator.ts';
import { deleteGroupsHandler, describeGroupsHandler, listGroupsHandler } from './group-admin.ts';
import { heartbeatHandler, joinGroupHandler, leaveGroupHandler, syncGroupHandler } from './group-membership.ts';
import { offsetCommitHandler, offsetDeleteHandler, offsetFetchHandler } from './group-offsets.ts';
import { listOffsetsHandler } from './list-offsets.ts';
import { metadataHandler } from './metadata.ts';
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.ts';
import { produceHandler } from './produce.ts';
import { describeProducersHandler, initProducerIdHandler } from './producers.ts';
import type { BrokerServices } from './services.ts';
import { createPartitionsHandler, createTopicsHandler, deleteTopicsHandler } from './topics.ts';

export { kafkaListener } from './broker-endpoint.ts';
export type { BrokerServices } from './services.ts';

/** Every handler of a broker; ApiVersions lists exactly these. */
export function createHandlers(services: BrokerServices): Handler[] {
  const handlers = [
    produceHandler(services),
    fetchHandler(services),
    listOffsetsHandler(services),
    metadataHandler(services),
    offsetCommitHandler(services),
    offsetFetchHandler(services),
    findCoordinatorHandler(services),
    joinGroupHandler(services),
    heartbeatHandler(services),
    leaveGroupHandler(services),
    syncGroupHandler(services),
    describeGroupsHandler(services),
    listGroupsHandler(services),
    createTopicsHandler(services),
    deleteTopicsHandler(services),
    deleteRecordsHandler(services),
    initProducerIdHandler(services),
    offsetForLeaderEpochHandler(services),
    describeConfigsHandler(services),
    alterConfigsHandler(services),
    describeLogDirsHandler(services),
    createPartitionsHandler(services),
    deleteGroupsHandler(services),
    incrementalAlterConfigsHandler(services),
    offsetDeleteHandler(services),
    describeClusterHandler(services),
    describeProducersHandler(services),
  ] as readonly Handler[];
  return [...handlers, apiVersionsHandler(handlers.map(({ api }) => api)) as Handler];
}

import { apis, type FindCoordinatorResponseInput } from '@streambus/kafka';
import type { Handler, RequestContext } from '../server/handler.ts';
import { brokerEndpoint } from './broker-endpoint.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { metadataErrorName } from './metadata-errors.ts';
import type { BrokerServices } from './services.ts';

type Coordinator = NonNullable<FindCoordinatorResponseInput['coordinators']>[number];

const groupKeyType = 0;
const transactionKeyType = 1;

/** Tells which broker coordinates a group: the leader of the group's partition of the offsets topic. */
export function findCoordinatorHandler(services: BrokerServices): Handler<typeof apis.findCoordinator> {
  return {
    api: apis.findCoordinator,
    async handle(request, context) {
      const keys = context.apiVersion >= 4 ? request.coordinatorKeys : [request.key];
      const problem = await prepare(services, request.keyType);
      const coordinators = keys.map((key) => find(services, context, key, problem));
      const [first] = coordinators;
      if (context.apiVersion >= 4 || first === undefined) return { coordinators };
      const { errorCode: code, errorMessage, nodeId, host, port } = first;
      return { errorCode: code, errorMessage, nodeId, host, port };
    },
  };
}

async function prepare(services: BrokerServices, keyType: number): Promise<ErrorName> {
  // There are no transactions: what clients would try again is refused for good, so that they give up at once.
  if (keyType === transactionKeyType) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  if (keyType !== groupKeyType) return 'INVALID_REQUEST';
  try {
    await services.offsetsTopic.ensure();
    return 'NONE';
  } catch (thrown) {
    services.logger.warn({ err: thrown }, 'could not create the offsets topic');
    const name = metadataErrorName(thrown);
    return name === 'INVALID_REPLICATION_FACTOR' ? name : 'COORDINATOR_NOT_AVAILABLE';
  }
}

function find(services: BrokerServices, context: RequestContext, key: string, problem: ErrorName): Coordinator {
  const { brokers } = services.store.state;
  const leader =
    problem === 'NONE' ? services.offsetsTopic.leaderOf(services.coordinator.partitionFor(key)) : undefined;
  const broker = leader === undefined ? undefined : brokers.get(leader);
  if (broker === undefined) {
    const error = problem === 'NONE' ? 'COORDINATOR_NOT_AVAILABLE' : problem;
    return { key, nodeId: -1, host: '', port: -1, errorCode: errorCode(error), errorMessage: null };
  }
  const endpoint = brokerEndpoint(broker, services.config.nodeId, context.advertisedAddress);
  return { key, nodeId: broker.brokerId, ...endpoint, errorCode: errorCode('NONE'), errorMessage: null };
}

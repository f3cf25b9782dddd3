import {
  type AlterConfigsRequest,
  type AlterConfigsResponseInput,
  apis,
  type IncrementalAlterConfigsRequest,
} from '@streambus/kafka';
import { applyCommand, type ConfigChange, MetadataError, type SingleCommand } from '@streambus/metadata';
import { toError } from '@streambus/runtime';
import type { Handler } from '../server/handler.ts';
import { resourceType } from './config-codes.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { metadataErrorName } from './metadata-errors.ts';
import type { BrokerServices } from './services.ts';

type Altered = AlterConfigsResponseInput['responses'][number];
type Resource = Pick<AlterConfigsRequest['resources'][number], 'resourceType' | 'resourceName'>;
type IncrementalChange = IncrementalAlterConfigsRequest['resources'][number]['configs'][number];

/** Replaces all settings of a resource; what is not named goes back to its default. */
export function alterConfigsHandler(services: BrokerServices): Handler<typeof apis.alterConfigs> {
  return {
    api: apis.alterConfigs,
    async handle(request) {
      const repeated = repeatedResources(request.resources);
      const responses = request.resources.map((resource) =>
        alter(services, resource, repeated, request.validateOnly, () => ({
          replace: true,
          changes: resource.configs.flatMap(({ name, value }): ConfigChange[] =>
            value === null ? [] : [{ operation: 'set', key: name, value }],
          ),
        })),
      );
      return { throttleTimeMs: 0, responses: await Promise.all(responses) };
    },
  };
}

/** Changes single settings of a resource (KIP-339). */
export function incrementalAlterConfigsHandler(services: BrokerServices): Handler<typeof apis.incrementalAlterConfigs> {
  return {
    api: apis.incrementalAlterConfigs,
    async handle(request) {
      const repeated = repeatedResources(request.resources);
      const responses = request.resources.map((resource) =>
        alter(services, resource, repeated, request.validateOnly, () => {
          const [twice] = repeatedIn(resource.configs.map(({ name }) => name));
          if (twice !== undefined) throw new MetadataError('INVALID_REQUEST', `${twice} is named twice`);
          return { replace: false, changes: resource.configs.map(configChange) };
        }),
      );
      return { throttleTimeMs: 0, responses: await Promise.all(responses) };
    },
  };
}

const operations = ['set', 'delete', 'append', 'subtract'] as const;

function configChange({ name: key, configOperation, value }: IncrementalChange): ConfigChange {
  const operation = operations[configOperation];
  if (operation === undefined) {
    throw new MetadataError(
      'INVALID_REQUEST',
      `operation on ${key} is ${configOperation}; it must be 0 (set), 1 (delete), 2 (append) or 3 (subtract)`,
    );
  }
  if (operation === 'delete') return { operation, key };
  if (value === null) throw new MetadataError('INVALID_REQUEST', `${key} is to be ${operation} without a value`);
  return { operation, key, value };
}

/** What is named twice: nobody can say which of the two is meant. */
function repeatedIn(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.size === seen.add(name).size));
}

function repeatedResources(resources: readonly Resource[]): ReadonlySet<string> {
  return repeatedIn(resources.map(nameOf));
}

function nameOf({ resourceType: type, resourceName }: Resource): string {
  return `${type} ${resourceName}`;
}

interface Change {
  readonly replace: boolean;
  readonly changes: readonly ConfigChange[];
}

async function alter(
  services: BrokerServices,
  resource: Resource,
  repeated: ReadonlySet<string>,
  validateOnly: boolean,
  changeOf: () => Change,
): Promise<Altered> {
  try {
    if (repeated.has(nameOf(resource))) {
      throw new MetadataError('INVALID_REQUEST', `resource ${resource.resourceName} is named twice`);
    }
    const command = commandFor(resource, changeOf());
    const answer = validateOnly
      ? applyCommand(services.store.state, command).answer
      : await services.store.submit(command);
    if (answer.status === 'applied') return answered(resource, 'NONE', null);
    const { code, message } = answer.refusal;
    return answered(resource, metadataErrorName(new MetadataError(code, message)), message);
  } catch (thrown) {
    const error = toError(thrown);
    if (!(error instanceof MetadataError)) services.logger.error({ err: error }, 'a change of settings failed');
    return answered(resource, metadataErrorName(error), error.message);
  }
}

function commandFor({ resourceType: type, resourceName }: Resource, change: Change): SingleCommand {
  switch (type) {
    case resourceType.topic:
      return { kind: 'configureTopic', name: resourceName, ...change };
    case resourceType.broker: {
      if (resourceName === '') return { kind: 'configureBroker', ...change };
      if (!/^\d{1,10}$/.test(resourceName))
        throw new MetadataError('UNKNOWN_BROKER', `${resourceName} is no broker id`);
      return { kind: 'configureBroker', brokerId: Number(resourceName), ...change };
    }
    default:
      throw new MetadataError(
        'INVALID_REQUEST',
        `resource type ${type} has no settings; allowed are 2 (topic) and 4 (broker)`,
      );
  }
}

function answered(
  { resourceType: type, resourceName }: Resource,
  error: ErrorName,
  errorMessage: string | null,
): Altered {
  return { errorCode: errorCode(error), errorMessage, resourceType: type, resourceName };
}

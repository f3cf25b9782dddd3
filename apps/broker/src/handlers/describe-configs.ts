import { apis, type DescribeConfigsRequest, type DescribeConfigsResponseInput } from '@streambus/kafka';
import type { EffectiveConfig } from '@streambus/metadata';
import type { BrokerConfigEntry } from '../broker/broker-configs.ts';
import type { Handler } from '../server/handler.ts';
import { configSourceCode, configTypeCode, resourceType } from './config-codes.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import type { BrokerServices } from './services.ts';
import { mapInTurns } from './turns.ts';

type Resource = DescribeConfigsRequest['resources'][number];
type Described = DescribeConfigsResponseInput['results'][number];
type ConfigInput = Described['configs'][number];

/** Describes the settings of topics and brokers, defaults included, each with where its value comes from. */
export function describeConfigsHandler(services: BrokerServices): Handler<typeof apis.describeConfigs> {
  return {
    api: apis.describeConfigs,
    async handle(request) {
      const seen = new Set<string>();
      const results = await mapInTurns(services.clock, request.resources, (resource) => {
        const name = `${resource.resourceType} ${resource.resourceName}`;
        if (seen.has(name)) return refused(resource, 'INVALID_REQUEST', 'the resource is named twice in one request');
        seen.add(name);
        return describe(services, resource, request);
      });
      return { throttleTimeMs: 0, results };
    },
  };
}

function describe(services: BrokerServices, resource: Resource, request: DescribeConfigsRequest): Described {
  switch (resource.resourceType) {
    case resourceType.topic: {
      const topic = services.store.state.topics.get(resource.resourceName);
      if (topic === undefined)
        return refused(resource, 'UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${resource.resourceName}`);
      const configs = services.topicConfigs.effective(services.store.state, topic.configs);
      return described(
        resource,
        wanted(resource, configs).map((config) => topicConfig(config, request)),
      );
    }
    case resourceType.broker: {
      // The empty name asks for what is set for all brokers.
      const own = resource.resourceName === '' || Number(resource.resourceName) === services.config.nodeId;
      if (!own)
        return refused(
          resource,
          'INVALID_REQUEST',
          `broker ${resource.resourceName} must be asked itself; this is ${services.config.nodeId}`,
        );
      const configs = services.brokerConfigs.effective(services.store.state, resource.resourceName === '');
      return described(
        resource,
        wanted(resource, configs).map((config) => brokerConfig(config, request)),
      );
    }
    default:
      return refused(
        resource,
        'INVALID_REQUEST',
        `resource type ${resource.resourceType} has no settings; allowed are 2 (topic) and 4 (broker)`,
      );
  }
}

function wanted<C extends { readonly name: string }>(resource: Resource, configs: readonly C[]): readonly C[] {
  const keys = resource.configurationKeys;
  // Old clients ask for everything by an empty list.
  return keys === null || keys.length === 0 ? configs : configs.filter(({ name }) => keys.includes(name));
}

function topicConfig(config: EffectiveConfig, request: DescribeConfigsRequest): ConfigInput {
  return {
    name: config.name,
    value: config.value,
    readOnly: false,
    isDefault: config.source !== 'topic',
    configSource: configSourceCode(config.source),
    isSensitive: false,
    synonyms: request.includeSynonyms
      ? config.synonyms.map(({ name, value, source }) => ({ name, value, source: configSourceCode(source) }))
      : [],
    configType: configTypeCode(config.type),
    documentation: request.includeDocumentation ? config.documentation : null,
  };
}

function brokerConfig(config: BrokerConfigEntry, request: DescribeConfigsRequest): ConfigInput {
  const [{ value, source }] = config.values;
  return {
    name: config.name,
    value,
    readOnly: !config.isDynamic,
    isDefault: source === 'default',
    configSource: configSourceCode(source),
    isSensitive: false,
    synonyms: request.includeSynonyms
      ? config.values.map((each) => ({ ...each, name: config.name, source: configSourceCode(each.source) }))
      : [],
    configType: configTypeCode(config.type),
    documentation: request.includeDocumentation ? config.documentation : null,
  };
}

function described(resource: Resource, configs: readonly ConfigInput[]): Described {
  const { resourceType: type, resourceName } = resource;
  return { errorCode: errorCode('NONE'), errorMessage: null, resourceType: type, resourceName, configs };
}

function refused(resource: Resource, error: ErrorName, errorMessage: string): Described {
  const { resourceType: type, resourceName } = resource;
  return { errorCode: errorCode(error), errorMessage, resourceType: type, resourceName, configs: [] };
}

import {
  type Api,
  apiList,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  versionsOf,
} from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { compareMessage } from '../src/compare-schema.ts';
import { haveKafkaDefinitions, readDefinition } from '../src/kafka-definitions.ts';

const reason = haveKafkaDefinitions ? '' : ' [skipped: ../shared/kafka-messages is not on this machine]';

/** Versions that came after the definitions of the 3.9 line, each with the KIP that says what is in it. */
const laterVersions: Readonly<Record<string, number>> = { Metadata: 13 /* KIP-1102 */ };

describe(`Kafka's published definitions${reason}`, () => {
  const named = apiList.map((api): [string, Api] => [api.name, api]);

  it.skipIf(!haveKafkaDefinitions).each(named)('%s: key and versions', (name, api) => {
    for (const side of ['Request', 'Response']) {
      const published = readDefinition(name + side);
      expect(published.apiKey).toBe(api.key);
      const { minVersion, maxVersion } = versionsOf(api);
      const [first = '', last = first] = published.validVersions.split('-');
      expect([minVersion, maxVersion]).toEqual([Number(first), laterVersions[name] ?? Number(last)]);
    }
  });

  it.skipIf(!haveKafkaDefinitions).each(named)('%s: every field of request and response', (name, api) => {
    expect([
      ...compareMessage(`${name}Request`, api.request, api.flexible, readDefinition(`${name}Request`)),
      ...compareMessage(`${name}Response`, api.response, api.flexible, readDefinition(`${name}Response`)),
    ]).toEqual([]);
  });

  it.skipIf(!haveKafkaDefinitions).each([consumerProtocolSubscription, consumerProtocolAssignment])(
    '$name: every field',
    (schema) => {
      const published = readDefinition(schema.name);
      expect(compareMessage(schema.name, schema.fields, schema.flexible, published)).toEqual([]);
      expect(schema.versions).toBe(published.validVersions);
    },
  );

  it.skipIf(!haveKafkaDefinitions)('a planted difference of each kind is found', () => {
    const published = readDefinition('MetadataResponse');
    const planted = {
      ...published,
      flexibleVersions: '8+',
      fields: published.fields.map((field) =>
        field.name === 'ControllerId'
          ? {
              ...field,
              type: 'int16',
              versions: '2+',
              nullableVersions: '2+',
              tag: 0,
              taggedVersions: '9+',
              default: '5',
            }
          : field,
      ),
    };
    const api = apiList.find(({ name }) => name === 'Metadata');
    expect(compareMessage('Metadata', api?.response ?? {}, api?.flexible ?? '', planted)).toEqual([
      'Metadata flexible versions: ours is 9+, published is 8+',
      'Metadata.controllerId type: ours is int32, published is int16',
      'Metadata.controllerId versions: ours is 1+, published is 2+',
      'Metadata.controllerId nullable versions: ours is undefined, published is 2+',
      'Metadata.controllerId tag: ours is undefined, published is 0',
      'Metadata.controllerId tagged versions: ours is undefined, published is 9+',
      'Metadata.controllerId default: ours is -1, published is 5',
    ]);
  });
});

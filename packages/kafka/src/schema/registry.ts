import * as apis from '../apis/index.ts';
import { KafkaError } from '../kafka-error.ts';
import type { Api, MessageSchema } from './schema.ts';
import { inVersions, versionBounds } from './version-range.ts';

/** The versions of one API, as numbers. */
export interface ApiVersionsOf {
  readonly key: number;
  readonly name: string;
  /** The lowest version that can be read and written. */
  readonly minVersion: number;
  /** The highest version that can be read and written. */
  readonly maxVersion: number;
  /** The lowest version that a broker of record format v2 can serve. */
  readonly minServedVersion: number;
  readonly maxServedVersion: number;
  /** The first flexible version; `Infinity` where there is none. */
  readonly flexibleFrom: number;
}

/** Every API of this package, by rising key. */
export const apiList: readonly Api[] = Object.values(apis).sort((one, other) => one.key - other.key);

const byKey: readonly (Api | undefined)[] = apiList.reduce<(Api | undefined)[]>((table, api) => {
  table[api.key] = api;
  return table;
}, []);

/** The API that a request header names by its key, if this package has it. */
export function apiByKey(key: number): Api | undefined {
  return byKey[key];
}

/** The versions of an API, as numbers. */
export function versionsOf(api: Api): ApiVersionsOf {
  const described = versionBounds(api.versions);
  const served = versionBounds(api.served ?? api.versions);
  return {
    key: api.key,
    name: api.name,
    minVersion: described.min,
    maxVersion: described.max,
    minServedVersion: served.min,
    maxServedVersion: served.max,
    flexibleFrom: versionBounds(api.flexible).min,
  };
}

/** Whether a broker of record format v2 can serve this version of an API. */
export function isServed(api: Api, version: number): boolean {
  return inVersions(api.served ?? api.versions, version);
}

/** One row of the ApiVersions response. */
export interface ApiVersionsRow {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/**
 * The rows of the ApiVersions response for the APIs that a broker has handlers for, by rising key.
 *
 * Produce is listed from version 0 although only 3 and up are served: librdkafka switches compression off for a broker
 * that does not list it (KAFKA-18659).
 */
export function apiVersionsRows(handled: Iterable<Api>): ApiVersionsRow[] {
  return Array.from(handled, (api) => {
    const { min, max } = versionBounds(api.advertised ?? api.served ?? api.versions);
    return { apiKey: api.key, minVersion: min, maxVersion: max };
  }).sort((one, other) => one.apiKey - other.apiKey);
}

/** Whether this version is flexible (KIP-482). */
export function isFlexible(schema: Api | MessageSchema, version: number): boolean {
  return inVersions(schema.flexible, version);
}

/** Refuses a version that the schema does not describe. */
export function assertDescribed(schema: Api | MessageSchema, version: number): void {
  if (Number.isInteger(version) && inVersions(schema.versions, version)) return;
  throw new KafkaError(
    'KAFKA_UNSUPPORTED_VERSION',
    `version of ${schema.name} is ${version}; it must be one of ${schema.versions}`,
  );
}

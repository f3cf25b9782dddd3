import { type ConfigKey, variableOf } from './config-key.ts';
import { ConfigError } from './errors.ts';
import type { ConfigLayer } from './resolve.ts';
import { configKeys } from './schema.ts';

const prefix = 'STREAMBUS_';

/** Variables that the command line reads and that are no keys. */
const otherVariables: readonly string[] = ['STREAMBUS_CONFIG', 'STREAMBUS_BOOTSTRAP'];

/**
 * What Kubernetes puts into every pod beside a service named `streambus` or `streambus-…`: `STREAMBUS_SERVICE_HOST`,
 * `STREAMBUS_PORT`, `STREAMBUS_PORT_9092_TCP_ADDR`. Refusing those would keep a broker from starting there.
 */
const serviceLink =
  /^STREAMBUS_(?:[A-Z0-9_]+_)?(?:SERVICE_(?:HOST|PORT)(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_[A-Z]+(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** The values in variables named `STREAMBUS_…`. An empty variable counts as absent, as compose files leave them. */
export function environmentLayer(environment: Readonly<Record<string, string | undefined>>): ConfigLayer {
  const keys = new Map<string, ConfigKey>(configKeys.map((key) => [variableOf(key), key]));
  const values: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || value === undefined || value === '') continue;
    const key = keys.get(variable);
    if (key !== undefined) values[key] = value;
    else if (!otherVariables.includes(variable) && !serviceLink.test(variable)) values[variable] = value;
  }
  return { kind: 'environment', values };
}

/**
 * The values of `--set key=value`, the last one of a key winning.
 *
 * @throws ConfigError for text without a `=`
 */
export function assignmentsLayer(assignments: readonly string[]): ConfigLayer {
  const values: Record<string, string> = {};
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals <= 0) {
      const message = `--set ${JSON.stringify(assignment)} sets nothing; allowed: key=value, such as log.segment.bytes=1048576`;
      throw new ConfigError({ code: 'CONFIG_BAD_VALUE', message });
    }
    values[assignment.slice(0, equals)] = assignment.slice(equals + 1);
  }
  return { kind: 'set', values };
}

/**
 * The values of a file: one JSON object whose names are keys.
 *
 * @throws ConfigError `CONFIG_BAD_FILE` when it is anything else
 */
export function fileLayer(path: string, content: string): ConfigLayer {
  const refuse = (why: string): ConfigError =>
    new ConfigError({
      code: 'CONFIG_BAD_FILE',
      message: `the configuration file ${path} ${why}; allowed: one JSON object, such as {"node.id": 1}`,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw refuse(`is no JSON (${error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)})`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw refuse('holds no object');
  return { kind: 'file', name: path, values: { ...parsed } };
}

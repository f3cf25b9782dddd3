import { toError } from '@streambus/runtime';
import { CliError } from '../errors.ts';
import type { ClientConnection } from './connection.ts';

/** What the library hangs on the errors that a broker answered with. */
interface ProtocolFields {
  readonly apiId?: unknown;
  readonly serverErrorMessage?: unknown;
}

const advice: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'there is no such topic or partition; "streambus topics create" makes one',
  TOPIC_ALREADY_EXISTS: 'there is a topic of that name; --if-not-exists accepts that',
  INVALID_REPLICATION_FACTOR: 'there are fewer brokers than replicas asked for; see --replicas',
  MESSAGE_TOO_LARGE: 'a record is larger than the topic allows (max.message.bytes)',
  NOT_ENOUGH_REPLICAS: 'fewer replicas are in sync than min.insync.replicas asks for',
};

/** Turns whatever a Kafka client threw into one line that says what to do. */
export function toCliError(thrown: unknown, what: string, connection: ClientConnection): CliError {
  if (thrown instanceof CliError) return thrown;
  const errors = flatten(toError(thrown));
  const answered = errors.find((error) => typeof (error as ProtocolFields).apiId === 'string');
  if (answered !== undefined)
    return new CliError('CLI_FAILED', `${what}: ${describeAnswer(answered)}`, { cause: thrown });
  // The library answers for the broker when it has been told so before.
  if (errors.some((error) => /^Unknown topic /.test(error.message))) {
    return new CliError('CLI_FAILED', `${what}: UNKNOWN_TOPIC_OR_PARTITION: ${advice['UNKNOWN_TOPIC_OR_PARTITION']}`);
  }
  const isNetwork = errors.some((error) =>
    /ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT|PLT_KFK_NETWORK/.test(codeOf(error)),
  );
  const reason = errors.at(-1)?.message.replaceAll('\n', ' ') ?? 'unknown';
  const message = isNetwork
    ? `${what}: no Kafka broker answers at ${connection.bootstrapBrokers.join(',')} (${reason}); start one with "streambus dev", or name another with --bootstrap`
    : `${what}: ${reason}`;
  return new CliError('CLI_FAILED', message, { cause: thrown });
}

function describeAnswer(error: Error & ProtocolFields): string {
  const id = String(error.apiId);
  const detail = typeof error.serverErrorMessage === 'string' ? error.serverErrorMessage : error.message;
  return `${id}: ${advice[id] ?? detail.replaceAll('\n', ' ')}`;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The error, what it gathers and what caused it, outermost first. */
function flatten(error: Error, depth = 0): readonly Error[] {
  if (depth > 8) return [error];
  const inner = error instanceof AggregateError ? error.errors : [];
  const causes = [...inner, error.cause].filter((each): each is Error => each instanceof Error);
  return [error, ...causes.flatMap((cause) => flatten(cause, depth + 1))];
}

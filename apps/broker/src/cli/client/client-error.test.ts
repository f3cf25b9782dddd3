import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { toCliError } from './client-error.ts';

const connection = {
  clientId: 'c',
  bootstrapBrokers: ['a:1', 'b:2'],
  connectTimeout: 1,
  requestTimeout: 1,
  retries: 0,
  retryDelay: 0,
};

const say = (error: unknown): string => toCliError(error, 'cannot do it', connection).message;

describe('what a Kafka client throws, in one line', () => {
  it('an answer of the broker, however deep: its name and what to do', () => {
    const answered = Object.assign(new Error('long\nstory'), { apiId: 'NOT_ENOUGH_REPLICAS' });
    const wrapped = new AggregateError([new AggregateError([answered], 'response')], 'failed');
    expect(say(wrapped)).toBe(
      'cannot do it: NOT_ENOUGH_REPLICAS: fewer replicas are in sync than min.insync.replicas asks for',
    );
  });

  it('an answer without advice: what the broker said', () => {
    const answered = Object.assign(new Error('general'), {
      apiId: 'INVALID_CONFIG',
      serverErrorMessage: 'retention.ms is soon',
    });
    expect(say(answered)).toBe('cannot do it: INVALID_CONFIG: retention.ms is soon');
  });

  it('nobody there: where it was looked for, and how to start one', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(say(new Error('outer', { cause: refused }))).toBe(
      'cannot do it: no Kafka broker answers at a:1,b:2 (connect ECONNREFUSED); start one with "streambus dev", or name another with --bootstrap',
    );
  });

  it('anything else: what was thrown', () => {
    expect(say(new TypeError('x is\nnot y'))).toBe('cannot do it: x is not y');
    expect(say('text')).toBe('cannot do it: a value that is no error was thrown: text');
  });

  it('an error of the command itself stays as it is', () => {
    const own = new CliError('CLI_FAILED', 'line 2 has no key separator');
    expect(toCliError(own, 'cannot do it', connection)).toBe(own);
  });
});

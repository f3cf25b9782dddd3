import { expect, it } from 'vitest';
import { createRecordingLogger } from './recording-logger.ts';

it('keeps lines in order, with the fields of every ancestor, the nearest one winning', () => {
  const logger = createRecordingLogger();
  const child = logger.child({ topic: 'orders', partition: 0 });
  logger.info({}, 'started');
  child.child({ partition: 1 }).warn({ lagBytes: 5 }, 'behind');
  child.error({ topic: 'other' }, 'failed');
  logger.debug({ detail: true }, 'noted');
  expect(logger.lines).toEqual([
    { level: 'info', message: 'started', fields: {} },
    { level: 'warn', message: 'behind', fields: { topic: 'orders', partition: 1, lagBytes: 5 } },
    { level: 'error', message: 'failed', fields: { topic: 'other', partition: 0 } },
    { level: 'debug', message: 'noted', fields: { detail: true } },
  ]);
});

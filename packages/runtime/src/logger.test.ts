import { expect, it } from 'vitest';
import { silentLogger } from './logger.ts';

it('silentLogger: takes every line and child, and keeps nothing', () => {
  const { debug, info, warn, error } = silentLogger.child({ topic: 'orders' });
  for (const line of [debug, info, warn, error]) expect(line({}, 'text')).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { suggest } from './suggest.ts';

describe('did you mean', () => {
  const keys = ['node.id', 'data.dir', 'log.retention.ms', 'log.retention.bytes'];

  it('finds the nearest key, whatever the case', () => {
    expect(suggest('node.di', keys)).toBe('node.id');
    expect(suggest('LOG.RETENTION.M', keys)).toBe('log.retention.ms');
    expect(suggest('datadir', keys)).toBe('data.dir');
  });

  it('says nothing when none is near', () => {
    expect(suggest('zookeeper.connect', keys)).toBeUndefined();
    expect(suggest('', keys)).toBeUndefined();
  });
});

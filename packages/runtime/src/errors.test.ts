import { describe, expect, it } from 'vitest';
import { DiskError } from './disk.ts';
import { StreamBusError, toError } from './errors.ts';
import { NetworkError } from './network.ts';

describe('StreamBusError', () => {
  it('by default it certainly did not happen, and trying again does not help', () => {
    const error = new DiskError('DISK_DENIED', 'open /x: not permitted');
    expect(error).toMatchObject({ code: 'DISK_DENIED', outcome: 'rejected', retriable: false });
    expect(error.cause).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  it('carries outcome, retriable and cause', () => {
    const cause = new Error('EIO');
    const error = new NetworkError('NETWORK_RESET', 'gone', { outcome: 'unknown', retriable: true, cause });
    expect(error).toMatchObject({ outcome: 'unknown', retriable: true, cause });
  });

  it('is an Error, of its package’s class and of the base, under its own name', () => {
    const error = new DiskError('DISK_FULL', 'no space');
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(StreamBusError);
    expect(error.name).toBe('DiskError');
    expect(String(error)).toBe('DiskError: no space');
  });
});

describe('toError', () => {
  it('leaves an Error alone and wraps anything else with its text', () => {
    const error = new Error('x');
    expect(toError(error)).toBe(error);
    expect(toError('text').message).toContain('text');
    expect(toError(undefined).message).toContain('undefined');
  });
});

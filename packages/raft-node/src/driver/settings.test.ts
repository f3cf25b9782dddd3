import { describe, expect, it } from 'vitest';
import type { RaftNodeOptions } from '../options.ts';
import { resolveOptions } from './settings.ts';

const options: RaftNodeOptions = { clusterId: 'c', nodeId: 1, storage: 'memory' };

describe('options', () => {
  it('have defaults that fit each other', () => {
    expect(resolveOptions(options)).toMatchObject({
      tickIntervalMs: 100,
      electionTimeoutTicks: 10,
      heartbeatTimeoutTicks: 1,
      maxQueuedProposalBytes: 32 * 1024 * 1024,
      snapshotAfterBytes: 16 * 1024 * 1024,
      maxLogBytes: 64 * 1024 * 1024,
    });
  });

  it.each<[Partial<RaftNodeOptions>, string]>([
    [{ clusterId: '' }, 'clusterId has 0 characters; it must have 1 to 255'],
    [{ nodeId: 0 }, 'nodeId is 0; it must be an integer from 1 to 9007199254740989'],
    [{ nodeId: 1.5 }, 'nodeId is 1.5; it must be an integer from 1 to 9007199254740989'],
    [{ storage: { folder: '' } }, 'storage.folder is empty; it must be a path'],
    [{ tickIntervalMs: 0 }, 'tickIntervalMs is 0; it must be an integer from 1 to 60000'],
    [{ heartbeatTimeoutTicks: 10 }, 'heartbeatTimeoutTicks is 10 and electionTimeoutTicks 10; the first must be less'],
    [
      { maxLogBytes: 10, snapshotAfterBytes: 20 },
      'maxLogBytes is 10 and snapshotAfterBytes 20; the first must not be less',
    ],
    [{ maxProposalBytes: 2 ** 30 }, 'maxProposalBytes is 1073741824; it must be an integer from 1 to 33554432'],
  ])('%j are refused by name', (wrong, message) => {
    expect(() => resolveOptions({ ...options, ...wrong })).toThrow(message);
  });
});

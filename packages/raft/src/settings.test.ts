import { describe, expect, it } from 'vitest';
import { nodeId } from './identifiers.ts';
import type { RaftOptions } from './options.ts';
import { resolveOptions } from './settings.ts';

const least: RaftOptions = { id: nodeId(1), electionTimeoutTicks: 10, heartbeatTimeoutTicks: 1 };

describe('options', () => {
  it('default to a safe and undisruptive node', () => {
    const settings = resolveOptions(least);
    expect(settings).toMatchObject({ checkQuorum: true, preVote: true, stepDownOnRemoval: true, readOnlyMode: 'safe' });
    expect(settings.maxCommittedBytesPerReady).toBe(settings.maxMessageBytes);
  });

  it.each([
    { name: 'no id', options: { id: nodeId(0) } },
    { name: 'an election timeout within a heartbeat', options: { electionTimeoutTicks: 1 } },
    { name: 'no heartbeat', options: { heartbeatTimeoutTicks: 0 } },
    { name: 'half a message in flight', options: { maxInflightMessages: 0.5 } },
    { name: 'less in flight than one message', options: { maxMessageBytes: 100, maxInflightBytes: 99 } },
    { name: 'leases without a quorum check', options: { readOnlyMode: 'leaseBased', checkQuorum: false } as const },
  ])('are refused with $name', ({ options }) => {
    const invalid = expect.objectContaining({ code: 'RAFT_OPTIONS_INVALID' });
    expect(() => resolveOptions({ ...least, ...options })).toThrow(invalid);
  });
});

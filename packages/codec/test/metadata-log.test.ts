import {
  CodecError,
  createMetadataLogStateMachine,
  decodeMetadataAnswer,
  encodeMetadataCommand,
  encodeMetadataState,
} from '@streambus/codec';
import { createMetadataStateMachine, emptyState, type MetadataDelta } from '@streambus/metadata';
import { describe, expect, it } from 'vitest';

const endpoints = [{ listener: 'PLAINTEXT', host: 'localhost', port: 9092 }];
const register = encodeMetadataCommand({ kind: 'registerBroker', brokerId: 1, incarnation: 'a', endpoints });

describe('a metadata state machine in bytes', () => {
  it('applies commands and answers them', () => {
    const machine = createMetadataStateMachine();
    const log = createMetadataLogStateMachine(machine);
    expect(decodeMetadataAnswer(log.apply({ data: register }))).toEqual({
      status: 'applied',
      version: 1,
      result: { kind: 'registerBroker', epoch: 1, status: 'fenced' },
    });
    expect(machine.state.brokers.size).toBe(1);
  });

  it('gives a snapshot of the moment it was asked for, which another takes over', () => {
    const machine = createMetadataStateMachine();
    const log = createMetadataLogStateMachine(machine);
    log.apply({ data: register });
    const snapshot = log.snapshot();
    const bytes = encodeMetadataState(machine.state);
    log.apply({ data: encodeMetadataCommand({ kind: 'unregisterBroker', brokerId: 1 }) });
    const taken = new Uint8Array(Buffer.concat([...snapshot]));
    expect(taken).toEqual(bytes);

    const other = createMetadataStateMachine();
    const heard: MetadataDelta[] = [];
    other.onDelta((delta) => heard.push(delta));
    createMetadataLogStateMachine(other).restore(taken);
    expect(encodeMetadataState(other.state)).toEqual(bytes);
    expect(heard.map(({ version, brokersChanged }) => [version, brokersChanged])).toEqual([[1, [1]]]);
  });

  it('refuses what it cannot read, and stays what it was', () => {
    const machine = createMetadataStateMachine();
    const log = createMetadataLogStateMachine(machine);
    expect(() => log.apply({ data: Uint8Array.of(0xff) })).toThrow(CodecError);
    expect(() => log.restore(Uint8Array.of(0xff))).toThrow(CodecError);
    expect(machine.state).toEqual(emptyState());
  });
});

import { InvariantError } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '../session.ts';
import { decodeEnvelope, encodeClose, encodeOpen, encodePlain, encodeStamped } from './envelope.ts';

const data = Uint8Array.of(7, 8, 9);
const id = 300 as SessionId;

describe('an entry’s data', () => {
  it('carries a plain proposal', () => {
    expect(decodeEnvelope(encodePlain(data))).toEqual({ kind: 'plain', data });
  });

  it('carries an empty proposal, and is then not empty itself', () => {
    const bytes = encodePlain(new Uint8Array(0));
    expect(bytes.length).toBe(1);
    expect(decodeEnvelope(bytes)).toEqual({ kind: 'plain', data: new Uint8Array(0) });
  });

  it('carries a session’s stamp', () => {
    const stamp = { id, sequence: 2 ** 40, firstOutstanding: 12 };
    expect(decodeEnvelope(encodeStamped(stamp, data))).toEqual({ kind: 'stamped', stamp, data });
  });

  it('opens and closes sessions', () => {
    expect(decodeEnvelope(encodeOpen(10_000))).toEqual({ kind: 'open', maxSessions: 10_000 });
    expect(decodeEnvelope(encodeClose(id))).toEqual({ kind: 'close', session: id });
  });

  it('is copied from the proposer’s bytes', () => {
    const own = data.slice();
    const bytes = encodePlain(own);
    own.fill(0);
    expect(decodeEnvelope(bytes)).toEqual({ kind: 'plain', data });
  });

  it('of an unknown kind, or cut short, is not guessed at', () => {
    expect(() => decodeEnvelope(Uint8Array.of(4, 1))).toThrow(InvariantError);
    expect(() => decodeEnvelope(Uint8Array.of(1, 0x80))).toThrow(InvariantError);
  });
});

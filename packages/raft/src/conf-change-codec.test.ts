import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfChangeTransition, ConfChangeType } from './conf-change.ts';
import { decodeConfChange, encodeConfChange } from './conf-change-codec.ts';
import { EntryType, emptyBytes } from './entry.ts';
import { nodeId } from './identifiers.ts';

const someBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes));
const someId = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map(nodeId);
const someType = fc.constantFrom(...Object.values(ConfChangeType));

describe('membership changes as bytes', () => {
  it('read back what was written, in the older form', () => {
    const someChange = fc.record({ id: fc.nat(), type: someType, nodeId: someId, context: someBytes });
    fc.assert(
      fc.property(someChange, (change) => {
        expect(decodeConfChange(encodeConfChange(change))).toEqual(change);
      }),
    );
  });

  it('read back what was written, in the newer form', () => {
    const someChange = fc.record({
      transition: fc.constantFrom(...Object.values(ConfChangeTransition)),
      changes: fc.array(fc.record({ type: someType, nodeId: someId }), { maxLength: 4 }),
      context: someBytes,
    });
    fc.assert(
      fc.property(someChange, (change) => {
        expect(decodeConfChange(encodeConfChange(change))).toEqual(change);
      }),
    );
  });

  it('are the bytes of the field’s protobuf schema', () => {
    const context = Uint8Array.of(0xab);
    const v1 = encodeConfChange({ id: 5, type: ConfChangeType.removeNode, nodeId: nodeId(300), context });
    expect(v1.type).toBe(EntryType.confChange);
    expect([...v1.data]).toEqual([0x08, 5, 0x10, 1, 0x18, 0xac, 0x02, 0x22, 1, 0xab]);
    const changes = [{ type: ConfChangeType.addLearnerNode, nodeId: nodeId(2) }];
    const v2 = encodeConfChange({ transition: ConfChangeTransition.jointExplicit, changes, context });
    expect(v2.type).toBe(EntryType.confChangeV2);
    expect([...v2.data]).toEqual([0x08, 2, 0x12, 4, 0x08, 3, 0x10, 2, 0x1a, 1, 0xab]);
  });

  it('are no bytes at all for the change that a leader leaves a joint configuration with', () => {
    const change = decodeConfChange({ type: EntryType.confChangeV2, data: emptyBytes });
    expect(change).toEqual({ transition: ConfChangeTransition.auto, changes: [], context: emptyBytes });
  });

  it('are absent from a normal entry', () => {
    expect(decodeConfChange({ type: EntryType.normal, data: Uint8Array.of(1) })).toBeUndefined();
  });

  it.each([
    { name: 'a varint without an end', bytes: [0x08, 0x80] },
    { name: 'a field past the end', bytes: [0x1a, 9, 1] },
    { name: 'an unknown wire type', bytes: [0x0d, 0, 0, 0, 0] },
    { name: 'an unknown transition', bytes: [0x08, 9] },
    { name: 'a number above 2^53', bytes: [0x12, 11, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1] },
  ])('are refused with $name', ({ bytes }) => {
    const entry = { type: EntryType.confChangeV2, data: Uint8Array.from(bytes) };
    expect(() => decodeConfChange(entry)).toThrow(expect.objectContaining({ code: 'RAFT_CONF_CHANGE_INVALID' }));
  });
});

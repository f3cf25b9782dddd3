import fc from 'fast-check';
import { defaultOf, isOmissible, zeroUuid } from '../src/schema/field.ts';
import type { Field, Fields, PrimitiveType } from '../src/schema/schema.ts';
import { inVersions } from '../src/schema/version-range.ts';

const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 600, maxLength: 700 }));

const primitives: Record<PrimitiveType, fc.Arbitrary<unknown>> = {
  boolean: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer(),
  int64: fc.oneof(fc.maxSafeInteger(), fc.integer()),
  uuid: fc.oneof(fc.uuid(), fc.constant(zeroUuid)),
  string: fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ minLength: 120, maxLength: 140 }),
  ),
  bytes,
  records: fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })),
};

/** Messages of a schema that its encoder takes at a version, fields left out where that is allowed. */
export function messageArbitrary(fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> {
  const required: Record<string, fc.Arbitrary<unknown>> = {};
  const omissible: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of Object.entries(fields)) {
    (isOmissible(field) ? omissible : required)[name] = fieldArbitrary(field, version);
  }
  return fc
    .tuple(fc.record(required), fc.record(omissible, { requiredKeys: [] }))
    .map(([must, may]) => ({ ...must, ...may }));
}

function fieldArbitrary(field: Field, version: number): fc.Arbitrary<unknown> {
  const value = valueArbitrary(field, version);
  return inVersions(field.nullable, version) ? fc.option(value, { freq: 4 }) : value;
}

function valueArbitrary(field: Field, version: number): fc.Arbitrary<unknown> {
  if (field.type === 'struct') return messageArbitrary(field.fields, version);
  if (field.type !== 'array') return primitives[field.type];
  const item = typeof field.items === 'string' ? primitives[field.items] : messageArbitrary(field.items, version);
  return fc.array(item, { maxLength: 3 });
}

/** What must come out of a decoder for a message that was encoded at a version. */
export function asDecoded(fields: Fields, version: number, message: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const given = message[name];
      const carried = inVersions(field.versions, version) && given !== undefined;
      return [name, carried ? fieldAsDecoded(field, version, given) : defaultOf(field)];
    }),
  );
}

function fieldAsDecoded(field: Field, version: number, value: unknown): unknown {
  if (value === null) return null;
  if (field.type === 'struct') return asDecoded(field.fields, version, { ...Object(value) });
  if (field.type === 'array') {
    const { items } = field;
    const list = Array.isArray(value) ? value : [];
    return typeof items === 'string' ? list : list.map((item) => asDecoded(items, version, item));
  }
  if (field.type === 'records' && Array.isArray(value)) return Uint8Array.from(value.flatMap((view) => [...view]));
  return value;
}

/** The same value with every view of bytes turned into one plain Uint8Array, for comparing. */
export function withPlainBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(withPlainBytes);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPlainBytes(inner)]));
  }
  return value;
}

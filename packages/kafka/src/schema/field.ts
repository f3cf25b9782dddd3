import type { Field, Fields, PrimitiveType } from './schema.ts';
import { inVersions } from './version-range.ts';

/** The UUID of 16 zero bytes, which Kafka sends for "no id". */
export const zeroUuid = '00000000-0000-0000-0000-000000000000';

const noBytes = new Uint8Array(0);

const impliedDefaults: Readonly<Record<PrimitiveType, unknown>> = {
  boolean: false,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0,
  uuid: zeroUuid,
  string: '',
  bytes: noBytes,
  records: noBytes,
};

/** What a field holds in a version without it, or when it is left out. */
export function defaultOf(field: Field): unknown {
  if (field.type === 'array') return [];
  if (field.type === 'struct') return defaultsOf(field.fields);
  return field.default === undefined ? impliedDefaults[field.type] : field.default;
}

/** A struct of which every field has its default. */
export function defaultsOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));
}

/** Whether an encoder takes a message without this field: it has a default, is tagged, or some version lacks it. */
export function isOmissible(field: Field): boolean {
  return 'default' in field || field.tag !== undefined || field.versions !== '0+';
}

/** Whether the field is at its place among the others, in this version. */
export function isInline(field: Field, version: number): boolean {
  return inVersions(field.versions, version) && !inVersions(field.tagged, version);
}

/** The fields that this version carries as tagged ones, by rising tag. */
export function taggedFields(fields: Fields, version: number): [name: string, field: Field][] {
  return Object.entries(fields)
    .filter(([, field]) => inVersions(field.versions, version) && inVersions(field.tagged, version))
    .sort(([, one], [, other]) => (one.tag ?? 0) - (other.tag ?? 0));
}

/** Bytes of a type that always has the same; 0 for the others. */
export const fixedBytes: Readonly<Record<PrimitiveType, number>> = {
  boolean: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uuid: 16,
  string: 0,
  bytes: 0,
  records: 0,
};

/** The fewest bytes that a value of this type takes: what an announced count is held against before anything is built. */
export function minimumBytes(type: PrimitiveType | 'array', flexible: boolean): number {
  if (type !== 'array' && fixedBytes[type] > 0) return fixedBytes[type];
  if (flexible) return 1;
  return type === 'string' ? 2 : 4;
}

/** The fewest bytes that a struct takes in a version. */
export function minimumStructBytes(fields: Fields, version: number, flexible: boolean): number {
  return Object.values(fields)
    .filter((field) => isInline(field, version))
    .map((field) =>
      field.type === 'struct'
        ? minimumStructBytes(field.fields, version, flexible)
        : minimumBytes(field.type, flexible),
    )
    .reduce((sum, bytes) => sum + bytes, flexible ? 1 : 0);
}

/** The fewest bytes that one item of a list takes. */
export function minimumItemBytes(items: PrimitiveType | Fields, version: number, flexible: boolean): number {
  return typeof items === 'string' ? minimumBytes(items, flexible) : minimumStructBytes(items, version, flexible);
}

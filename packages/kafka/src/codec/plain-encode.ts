import { defaultOf, fixedBytes, isInline, isOmissible, taggedFields } from '../schema/field.ts';
import type { Field, Fields, PrimitiveType } from '../schema/schema.ts';
import { inVersions } from '../schema/version-range.ts';
import { invalidValue, maxStringBytes } from './failures.ts';
import { isUuid, writeUuid } from './uuid.ts';

/**
 * Writes messages by walking their schema field by field: the dumb twin of the compiled encoders, which the tests hold
 * against it, and what encodes where generating code is forbidden.
 *
 * Gives the pieces of the message in order; those of `records` fields are the given views themselves.
 */
export class PlainEncoder {
  readonly pieces: Uint8Array[] = [];
  readonly #version: number;
  readonly #flexible: boolean;

  constructor(version: number, flexible: boolean) {
    this.#version = version;
    this.#flexible = flexible;
  }

  struct(what: string, fields: Fields, value: unknown): void {
    const given = asRecord(what, value);
    for (const [name, field] of Object.entries(fields)) {
      if (isInline(field, this.#version)) this.#field(name, field, givenOrDefault(name, field, given));
    }
    if (this.#flexible) this.#tagged(fields, given);
  }

  #tagged(fields: Fields, given: Record<string, unknown>): void {
    const present = taggedFields(fields, this.#version).filter(([name, field]) => !isDefault(name, field, given[name]));
    this.#uvarint(present.length);
    for (const [name, field] of present) {
      const inner = new PlainEncoder(this.#version, this.#flexible);
      inner.#field(name, field, given[name]);
      this.#uvarint(field.tag ?? 0);
      this.#uvarint(inner.pieces.reduce((sum, piece) => sum + piece.length, 0));
      this.pieces.push(...inner.pieces);
    }
  }

  #field(name: string, field: Field, value: unknown): void {
    const nullable = inVersions(field.nullable, this.#version);
    if (field.type === 'struct') this.struct(name, field.fields, value);
    else if (field.type === 'array') this.#array(name, field.items, value, nullable);
    else this.#primitive(name, field.type, value, nullable);
  }

  #array(name: string, items: PrimitiveType | Fields, value: unknown, nullable: boolean): void {
    if (value === null && nullable) {
      this.#length('array', -1);
      return;
    }
    if (!Array.isArray(value)) invalidValue(name, value, nullable ? 'an array or null' : 'an array');
    this.#length('array', value.length);
    for (const item of value) {
      if (typeof items === 'string') this.#primitive(name, items, item, false);
      else this.struct(name, items, item);
    }
  }

  #primitive(name: string, type: PrimitiveType, value: unknown, nullable: boolean): void {
    switch (type) {
      case 'boolean':
        if (typeof value !== 'boolean') invalidValue(name, value, 'a boolean');
        this.#fixed(1, (bytes) => bytes.writeInt8(value ? 1 : 0));
        break;
      case 'int8':
      case 'int16':
      case 'int32': {
        const length = fixedBytes[type];
        const limit = 2 ** (length * 8 - 1);
        if (!isInteger(value) || value < -limit || value >= limit) invalidValue(name, value, `an ${type}`);
        this.#fixed(length, (bytes) => bytes.writeIntBE(value, 0, length));
        break;
      }
      case 'int64':
        if (!isInteger(value)) invalidValue(name, value, 'an integer within ±(2^53-1)');
        this.#fixed(8, (bytes) => bytes.writeBigInt64BE(BigInt(value)));
        break;
      case 'uuid':
        if (!isUuid(value)) invalidValue(name, value, 'a UUID of 36 characters');
        this.#fixed(16, (bytes) => writeUuid(bytes, 0, value));
        break;
      default:
        this.#sized(name, type, value, nullable);
    }
  }

  #sized(name: string, type: 'string' | 'bytes' | 'records', value: unknown, nullable: boolean): void {
    if (value === null && nullable) {
      this.#length(type, -1);
      return;
    }
    const contents = contentsOf(type, value) ?? invalidValue(name, value, nullable ? `${type} or null` : type);
    const length = contents.reduce((sum, piece) => sum + piece.length, 0);
    if (type === 'string' && length > maxStringBytes) {
      invalidValue(`${name} length`, length, `at most ${maxStringBytes} bytes`);
    }
    this.#length(type, length);
    this.pieces.push(...contents);
  }

  /** A length or count; -1 for null. */
  #length(type: PrimitiveType | 'array', length: number): void {
    if (this.#flexible) this.#uvarint(length + 1);
    else if (type === 'string') this.#fixed(2, (bytes) => bytes.writeInt16BE(length));
    else this.#fixed(4, (bytes) => bytes.writeInt32BE(length));
  }

  #uvarint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    this.pieces.push(Uint8Array.of(...bytes, rest));
  }

  #fixed(length: number, write: (bytes: Buffer) => void): void {
    const bytes = Buffer.alloc(length);
    write(bytes);
    this.pieces.push(bytes);
  }
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function asRecord(what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return invalidValue(what, value, 'an object');
  return { ...value };
}

function givenOrDefault(name: string, field: Field, given: Record<string, unknown>): unknown {
  const value = given[name];
  return value === undefined && isOmissible(field) ? defaultOf(field) : value;
}

function contentsOf(type: 'string' | 'bytes' | 'records', value: unknown): readonly Uint8Array[] | undefined {
  if (type === 'string') return typeof value === 'string' ? [Buffer.from(value, 'utf8')] : undefined;
  if (value instanceof Uint8Array) return [value];
  const isList = type === 'records' && Array.isArray(value) && value.every((piece) => piece instanceof Uint8Array);
  return isList ? value : undefined;
}

/** Whether a tagged field has nothing to say, and is therefore not sent. */
function isDefault(name: string, field: Field, value: unknown): boolean {
  if (value === undefined) return true;
  if (field.type === 'array') return Array.isArray(value) && value.length === 0;
  if (field.type !== 'struct') return value === defaultOf(field);
  const given = asRecord(name, value);
  return Object.entries(field.fields).every(([inner, innerField]) => isDefault(inner, innerField, given[inner]));
}

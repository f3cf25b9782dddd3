import { defaultOf, fixedBytes, isInline, minimumItemBytes, taggedFields } from '../schema/field.ts';
import type { Field, Fields, PrimitiveType } from '../schema/schema.ts';
import { inVersions } from '../schema/version-range.ts';
import { malformed, maxStringBytes, tooLargeNumber, tooManyElements, truncated } from './failures.ts';
import { readUuid } from './uuid.ts';

/**
 * Reads messages by walking their schema field by field: the dumb twin of the compiled decoders, which the tests hold
 * against it, and what decodes where generating code is forbidden.
 */
export class PlainDecoder {
  readonly #bytes: Buffer;
  readonly #version: number;
  readonly #flexible: boolean;
  readonly #maxElements: number;
  #elements = 0;
  #at: number;
  #end: number;

  constructor(bytes: Buffer, at: number, version: number, flexible: boolean, maxElements: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = bytes.length;
    this.#version = version;
    this.#flexible = flexible;
    this.#maxElements = maxElements;
  }

  /** Where the next byte is read. */
  get at(): number {
    return this.#at;
  }

  struct(fields: Fields): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      value[name] = isInline(field, this.#version) ? this.#field(name, field) : defaultOf(field);
    }
    if (this.#flexible) this.#tagged(fields, value);
    return value;
  }

  #tagged(fields: Fields, value: Record<string, unknown>): void {
    const known = taggedFields(fields, this.#version);
    const count = this.#uvarint('number of tagged fields');
    for (let index = 0; index < count; index++) {
      const tag = this.#uvarint('tag');
      const size = this.#uvarint('tagged field size');
      this.#need(`tagged field ${tag}`, size);
      const outerEnd = this.#end;
      this.#end = this.#at + size;
      const [name, field] = known.find(([, candidate]) => candidate.tag === tag) ?? [];
      if (name === undefined || field === undefined) {
        this.#at = this.#end;
      } else {
        value[name] = this.#field(name, field);
        if (this.#at !== this.#end) malformed(`${name} size`, size, 'it must be what its value takes');
      }
      this.#end = outerEnd;
    }
  }

  #field(name: string, field: Field): unknown {
    const nullable = inVersions(field.nullable, this.#version);
    if (field.type === 'struct') return this.struct(field.fields);
    if (field.type === 'array') return this.#array(name, field.items, nullable);
    return this.#primitive(name, field.type, nullable);
  }

  #array(name: string, items: PrimitiveType | Fields, nullable: boolean): unknown[] | null {
    const count = this.#length(`${name} count`, 'array', nullable);
    if (count < 0) return null;
    this.#need(name, count * minimumItemBytes(items, this.#version, this.#flexible));
    this.#elements += count;
    if (this.#elements > this.#maxElements) tooManyElements(name, this.#maxElements);
    return Array.from({ length: count }, () =>
      typeof items === 'string' ? this.#primitive(name, items, false) : this.struct(items),
    );
  }

  #primitive(name: string, type: PrimitiveType, nullable: boolean): unknown {
    if (type === 'string' || type === 'bytes' || type === 'records') {
      const length = this.#length(`${name} length`, type, nullable);
      if (length < 0) return null;
      if (type === 'string' && length > maxStringBytes)
        malformed(`${name} length`, length, `at most ${maxStringBytes}`);
      const at = this.#take(name, length);
      return type === 'string' ? this.#bytes.toString('utf8', at, at + length) : this.#bytes.subarray(at, at + length);
    }
    const at = this.#take(name, fixedBytes[type]);
    switch (type) {
      case 'boolean':
        return this.#bytes.readInt8(at) !== 0;
      case 'int8':
        return this.#bytes.readInt8(at);
      case 'int16':
        return this.#bytes.readInt16BE(at);
      case 'int32':
        return this.#bytes.readInt32BE(at);
      case 'int64': {
        const value = Number(this.#bytes.readBigInt64BE(at));
        return Number.isSafeInteger(value) ? value : tooLargeNumber(name, value);
      }
      case 'uuid':
        return readUuid(this.#bytes, at);
    }
  }

  /** A length or count; -1 for null. */
  #length(what: string, type: PrimitiveType | 'array', nullable: boolean): number {
    const length = this.#flexible
      ? this.#uvarint(what) - 1
      : type === 'string'
        ? this.#bytes.readInt16BE(this.#take(what, 2))
        : this.#bytes.readInt32BE(this.#take(what, 4));
    if (length < (nullable ? -1 : 0)) malformed(what, length, nullable ? 'at least -1' : 'at least 0');
    return length;
  }

  #uvarint(what: string): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.#take(what, 1));
      value += (byte & 127) * scale;
      if (byte < 128) return value <= 0xffff_ffff ? value : malformed(what, value, 'at most 2^32-1');
    }
    return malformed(what, value, 'a varint of at most 5 bytes');
  }

  #take(what: string, length: number): number {
    this.#need(what, length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #need(what: string, length: number): void {
    if (length > this.#end - this.#at) truncated(what, length, this.#end - this.#at);
  }
}

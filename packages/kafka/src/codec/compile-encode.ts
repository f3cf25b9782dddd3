import { defaultOf, fixedBytes, isInline, isOmissible, taggedFields } from '../schema/field.ts';
import type { ArrayField, Field, Fields, PrimitiveType } from '../schema/schema.ts';
import { inVersions } from '../schema/version-range.ts';
import { type ChunkWriter, writeCompactString, writeString, writeUvarint } from './chunk-writer.ts';
import { invalidValue } from './failures.ts';
import { quoted, Source } from './source.ts';
import { isUuid, writeUuid } from './uuid.ts';

/**
 * Writes one message.
 *
 * @throws KafkaError when a value is not of its field's type
 */
export type Encode = (writer: ChunkWriter, message: unknown) => void;

const helpers = { invalidValue, isUuid, writeUuid, writeString, writeCompactString, writeUvarint };

/**
 * Generates the encoder of one message in one version: straight code into the writer's slab, room asked for once for each
 * run of fixed-size fields, every value checked.
 */
export function compileEncode(what: string, fields: Fields, version: number, flexible: boolean): Encode {
  const source = new Source();
  source.line('let b = w.bytes, view = w.view, p = w.at, n = 0;');
  new EncoderSource(source, version, flexible).struct(what, fields, 'm');
  source.line('w.at = p;');
  const build = new Function(...Object.keys(helpers), `return function encode(w, m) {\n${source}\n}`);
  return build(...Object.values(helpers));
}

const integerChecks: Partial<Record<PrimitiveType, (value: string) => string>> = {
  int8: (value) => `(${value} << 24 >> 24) !== ${value}`,
  int16: (value) => `(${value} << 16 >> 16) !== ${value}`,
  int32: (value) => `(${value} | 0) !== ${value}`,
  int64: (value) => `!Number.isSafeInteger(${value})`,
  boolean: (value) => `typeof ${value} !== 'boolean'`,
  uuid: (value) => `!isUuid(${value})`,
};

const allowedTexts: Readonly<Record<PrimitiveType, string>> = {
  boolean: 'a boolean',
  int8: 'an int8',
  int16: 'an int16',
  int32: 'an int32',
  int64: 'an integer within ±(2^53-1)',
  uuid: 'a UUID of 36 characters',
  string: 'a string',
  bytes: 'a Uint8Array',
  records: 'a Uint8Array or a list of them',
};

class EncoderSource {
  readonly #source: Source;
  readonly #version: number;
  readonly #flexible: boolean;
  /** Writes of fixed sizes not yet emitted, so that neighbours share one question for room. */
  #pending: { readonly bytes: number; readonly write: (place: string) => void }[] = [];

  constructor(source: Source, version: number, flexible: boolean) {
    this.#source = source;
    this.#version = version;
    this.#flexible = flexible;
  }

  struct(what: string, fields: Fields, value: string): void {
    const nothing = `typeof ${value} !== 'object' || ${value} === null`;
    this.#source.line(`if (${nothing}) invalidValue(${quoted(what)}, ${value}, 'an object');`);
    for (const [name, field] of Object.entries(fields)) {
      if (isInline(field, this.#version)) this.#field(name, field, this.#given(name, field, value));
    }
    if (this.#flexible) this.#tagged(fields, value);
    this.#flush();
  }

  /** The variable that holds what was given for a field, or its default. */
  #given(name: string, field: Field, from: string): string {
    const value = this.#source.name('v');
    if (isOmissible(field)) {
      this.#source.line(`let ${value} = ${from}.${name}; if (${value} === undefined) ${value} = ${literal(field)};`);
    } else {
      this.#source.line(`const ${value} = ${from}.${name};`);
    }
    return value;
  }

  #field(name: string, field: Field, value: string): void {
    const nullable = inVersions(field.nullable, this.#version);
    if (field.type === 'struct') {
      this.#flush();
      this.struct(name, field.fields, value);
    } else if (field.type === 'array') this.#array(name, field, value, nullable);
    else if (fixedBytes[field.type] > 0) this.#fixed(name, field.type, value);
    else this.#sized(name, field.type, value, nullable);
  }

  #fixed(name: string, type: PrimitiveType, value: string): void {
    const wrong = integerChecks[type]?.(value);
    this.#source.line(`if (${wrong}) invalidValue(${quoted(name)}, ${value}, ${text(type)});`);
    this.#pending.push({
      bytes: fixedBytes[type],
      write: (place) => this.#source.line(fixedStatement(type, place, value)),
    });
  }

  #sized(name: string, type: PrimitiveType, value: string, nullable: boolean): void {
    this.#flush();
    if (nullable) this.#nullOr(value, type);
    if (type === 'string') {
      const write = this.#flexible ? 'writeCompactString' : 'writeString';
      this.#source.line(`if (typeof ${value} !== 'string') invalidValue(${quoted(name)}, ${value}, ${text(type)});`);
      const length = `'' + ${value}.length + ' characters'`;
      this.#source.line(
        `if (${value}.length > 32767) invalidValue(${quoted(name)}, ${length}, 'at most 32767 bytes');`,
      );
      this.#room(`5 + ${value}.length * 3`);
      this.#source.line(`p = ${write}(b, p, ${value}, ${quoted(name)});`);
    } else {
      const wrong = `!(${value} instanceof Uint8Array)${type === 'records' ? ` && !Array.isArray(${value})` : ''}`;
      this.#source.line(`if (${wrong}) invalidValue(${quoted(name)}, ${value}, ${text(type)});`);
      this.#source.line(`w.at = p; w.records(${value}, ${this.#flexible}, ${quoted(name)});`);
      this.#source.line('b = w.bytes; view = w.view; p = w.at;');
    }
    if (nullable) this.#source.line('}');
  }

  #array(name: string, field: ArrayField, value: string, nullable: boolean): void {
    const { items } = field;
    this.#flush();
    if (nullable) this.#nullOr(value, 'array');
    this.#source.line(`if (!Array.isArray(${value})) invalidValue(${quoted(name)}, ${value}, 'an array');`);
    this.#source.line(`n = ${value}.length;`);
    this.#length('array');
    const [index, item] = [this.#source.name('i'), this.#source.name('v')];
    this.#source.line(
      `for (let ${index} = 0; ${index} < ${value}.length; ${index}++) { const ${item} = ${value}[${index}];`,
    );
    if (typeof items === 'string') this.#field(name, { type: items, versions: '0+' }, item);
    else this.struct(name, items, item);
    this.#flush();
    this.#source.line('}');
    if (nullable) this.#source.line('}');
  }

  /** Begins the branch for a value that is not null; that of null is whole. */
  #nullOr(value: string, type: PrimitiveType | 'array'): void {
    this.#source.line(`if (${value} === null) { n = -1;`);
    this.#length(type);
    this.#source.line('} else {');
  }

  /** Code that writes `n` as a length or count; -1 for null. */
  #length(type: PrimitiveType | 'array'): void {
    this.#room('5');
    if (this.#flexible) this.#source.line('if (n < 127) b[p++] = n + 1; else p = writeUvarint(b, p, n + 1);');
    else if (type === 'string') this.#source.line('view.setInt16(p, n); p += 2;');
    else this.#source.line('view.setInt32(p, n); p += 4;');
  }

  #tagged(fields: Fields, from: string): void {
    const tagged = taggedFields(fields, this.#version);
    if (tagged.length === 0) {
      this.#pending.push({ bytes: 1, write: (place) => this.#source.line(`b[${place}] = 0;`) });
      return;
    }
    this.#flush();
    const count = this.#source.name('c');
    const present = tagged.map(([name, field]) => {
      const value = this.#source.name('v');
      const has = this.#source.name('h');
      this.#source.line(`const ${value} = ${from}.${name}, ${has} = !(${isDefault(field, value)});`);
      return { name, field, value, has };
    });
    this.#source.line(`const ${count} = ${present.map(({ has }) => `(${has} ? 1 : 0)`).join(' + ')};`);
    this.#room('5');
    this.#source.line(`p = writeUvarint(b, p, ${count});`);
    for (const { name, field, value, has } of present) {
      const sizeAt = this.#source.name('s');
      this.#source.line(`if (${has}) {`);
      this.#room('6');
      this.#source.line(`p = writeUvarint(b, p, ${field.tag}); const ${sizeAt} = p++ - w.start;`);
      this.#field(name, field, value);
      this.#flush();
      this.#source.line(`w.at = p; w.closeTagged(${sizeAt}); b = w.bytes; view = w.view; p = w.at; }`);
    }
  }

  /** Emits the pending writes of fixed sizes, behind one question for room. */
  #flush(): void {
    const total = this.#pending.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total === 0) return;
    this.#room(`${total}`);
    let offset = 0;
    for (const { bytes, write } of this.#pending) {
      write(`p + ${offset}`);
      offset += bytes;
    }
    this.#source.line(`p += ${total};`);
    this.#pending = [];
  }

  #room(bytes: string): void {
    this.#source.line(
      `if (p + ${bytes} > b.length) { w.at = p; w.grow(${bytes}); b = w.bytes; view = w.view; p = w.at; }`,
    );
  }
}

function text(type: PrimitiveType): string {
  return `'${allowedTexts[type]}'`;
}

function fixedStatement(type: PrimitiveType, place: string, value: string): string {
  switch (type) {
    case 'boolean':
      return `b[${place}] = ${value} ? 1 : 0;`;
    case 'uuid':
      return `writeUuid(b, ${place}, ${value});`;
    case 'int64':
      return `view.setInt32(${place}, Math.floor(${value} / 4294967296)); view.setInt32(${place} + 4, ${value});`;
    default:
      return `view.setInt${fixedBytes[type] * 8}(${place}, ${value});`;
  }
}

/** A default as source text. */
function literal(field: Field): string {
  const value = defaultOf(field);
  return value instanceof Uint8Array ? 'new Uint8Array(0)' : JSON.stringify(value);
}

/** An expression that is true where a tagged field has nothing to say, and is therefore not sent. */
function isDefault(field: Field, value: string): string {
  if (field.type === 'array') return `${value} === undefined || (Array.isArray(${value}) && ${value}.length === 0)`;
  if (field.type !== 'struct') return `${value} === undefined || ${value} === ${literal(field)}`;
  const inner = Object.entries(field.fields).map(
    ([name, innerField]) => `(${isDefault(innerField, `${value}.${name}`)})`,
  );
  return `${value} === undefined || (typeof ${value} === 'object' && ${value} !== null && ${inner.join(' && ')})`;
}

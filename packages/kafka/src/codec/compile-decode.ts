import { defaultOf, fixedBytes, isInline, minimumItemBytes, taggedFields } from '../schema/field.ts';
import type { ArrayField, Field, Fields, PrimitiveType } from '../schema/schema.ts';
import { inVersions } from '../schema/version-range.ts';
import * as failures from './failures.ts';
import { cursor, readText, readUvarint } from './fast-read.ts';
import { quoted, Source } from './source.ts';
import { readUuid } from './uuid.ts';

/**
 * Reads one message: from `at` to the end of `bytes`, or to wherever it ends where `exact` is false.
 *
 * @throws KafkaError and nothing else
 */
export type Decode = (bytes: Buffer, at: number, maxElements: number, exact: boolean) => Record<string, unknown>;

const helpers = { ...failures, cursor, readText, readUvarint, readUuid };

/**
 * Generates the decoder of one message in one version: straight code, one bounds check for each run of fixed-size fields,
 * every length and count held against what is left before anything is built of it.
 */
export function compileDecode(what: string, fields: Fields, version: number, flexible: boolean): Decode {
  const source = new Source();
  source.line('const view = new DataView(b.buffer, b.byteOffset, b.length);');
  source.line('let end = b.length, left = maxElements, n = 0;');
  const value = new DecoderSource(source, version, flexible).struct(fields);
  source.line(`if (exact && p !== end) trailingBytes(${quoted(what)}, end - p);`);
  source.line(`return ${value};`);
  const names = Object.keys(helpers);
  const build = new Function(...names, `return function decode(b, p, maxElements, exact) {\n${source}\n}`);
  return build(...Object.values(helpers));
}

class DecoderSource {
  readonly #source: Source;
  readonly #version: number;
  readonly #flexible: boolean;

  constructor(source: Source, version: number, flexible: boolean) {
    this.#source = source;
    this.#version = version;
    this.#flexible = flexible;
  }

  /** Code that reads a struct; gives the expression that builds it. */
  struct(fields: Fields): string {
    const values = new Map<string, string>();
    const inline = Object.entries(fields).filter(([, field]) => isInline(field, this.#version));
    for (let index = 0; index < inline.length; ) {
      const run = fixedRun(inline, index);
      if (run.length > 0) {
        this.#fixedRun(run, values);
        index += run.length;
      } else {
        const [name, field] = inline[index] ?? ['', { type: 'int8', versions: '0+' }];
        values.set(name, this.#field(name, field));
        index++;
      }
    }
    if (this.#flexible) this.#tagged(fields, values);
    const members = Object.entries(fields).map(
      ([name, field]) => `${name}: ${values.get(name) ?? literal(defaultOf(field))}`,
    );
    return `{ ${members.join(', ')} }`;
  }

  #fixedRun(run: readonly FixedEntry[], values: Map<string, string>): void {
    const total = run.reduce((sum, [, type]) => sum + fixedBytes[type], 0);
    this.#need(run[0]?.[0] ?? 'struct', `${total}`);
    let offset = 0;
    for (const [name, type] of run) {
      values.set(name, this.#fixed(name, type, `p + ${offset}`));
      offset += fixedBytes[type];
    }
    this.#source.line(`p += ${total};`);
  }

  /** Code that reads a value of a fixed size at `place`, which is known to be there; gives its variable. */
  #fixed(name: string, type: PrimitiveType, place: string): string {
    const value = this.#source.name('v');
    this.#source.line(`const ${value} = ${fixedExpression(type, place)};`);
    if (type === 'int64') {
      const unsafe = `${value} > 9007199254740991 || ${value} < -9007199254740991`;
      this.#source.line(`if (${unsafe}) tooLargeNumber(${quoted(name)}, ${value});`);
    }
    return value;
  }

  #field(name: string, field: Field): string {
    if (field.type === 'struct') return this.struct(field.fields);
    const nullable = inVersions(field.nullable, this.#version);
    if (field.type === 'array') return this.#array(name, field, nullable);
    if (fixedBytes[field.type] === 0) return this.#sized(name, field.type, nullable);
    this.#need(name, `${fixedBytes[field.type]}`);
    return this.#item(name, field.type);
  }

  #sized(name: string, type: PrimitiveType, nullable: boolean): string {
    const value = this.#source.name('v');
    this.#length(name, type, nullable);
    this.#source.line(`let ${value} = null;`);
    this.#source.line('if (n >= 0) {');
    if (type === 'string') {
      this.#source.line(`if (n > maxStringBytes) malformed(${quoted(name)}, n, 'at most 32767 bytes');`);
    }
    this.#need(name, 'n');
    this.#source.line(type === 'string' ? `${value} = readText(b, p, n);` : `${value} = b.subarray(p, p + n);`);
    this.#source.line('p += n; }');
    return value;
  }

  #array(name: string, field: ArrayField, nullable: boolean): string {
    const { items } = field;
    const value = this.#source.name('v');
    const count = this.#source.name('n');
    const index = this.#source.name('i');
    this.#length(name, 'array', nullable);
    this.#source.line(`let ${value} = null;`);
    this.#source.line(`if (n >= 0) { const ${count} = n;`);
    this.#need(name, `${count} * ${minimumItemBytes(items, this.#version, this.#flexible)}`);
    this.#source.line(`if ((left -= ${count}) < 0) tooManyElements(${quoted(name)}, maxElements);`);
    this.#source.line(`${value} = new Array(${count});`);
    this.#source.line(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`);
    const item = typeof items === 'string' ? this.#item(name, items) : this.struct(items);
    this.#source.line(`${value}[${index}] = ${item}; } }`);
    return value;
  }

  /** Code that reads one value; a fixed size is known to be there. */
  #item(name: string, type: PrimitiveType): string {
    if (fixedBytes[type] === 0) return this.#sized(name, type, false);
    const value = this.#fixed(name, type, 'p');
    this.#source.line(`p += ${fixedBytes[type]};`);
    return value;
  }

  /** Code that leaves a length or count in `n`; -1 for null. */
  #length(name: string, type: PrimitiveType | 'array', nullable: boolean): void {
    if (this.#flexible) {
      this.#uvarint(name, 'n');
      this.#source.line('n -= 1;');
    } else {
      const bytes = type === 'string' ? 2 : 4;
      this.#need(name, `${bytes}`);
      this.#source.line(`n = view.getInt${bytes * 8}(p); p += ${bytes};`);
    }
    const least = nullable ? -1 : 0;
    this.#source.line(
      `if (n < ${least}) malformed(${quoted(name)}, n, 'its length or count must be at least ${least}');`,
    );
  }

  #uvarint(name: string, variable: string): void {
    this.#need(name, '1');
    this.#source.line(`${variable} = b[p++];`);
    this.#source.line(`if (${variable} > 127) { ${variable} = readUvarint(b, p - 1, end);`);
    this.#source.line(`if (${variable} < 0) truncated(${quoted(name)}, 1, 0);`);
    this.#source.line('p = cursor.at; }');
  }

  #tagged(fields: Fields, values: Map<string, string>): void {
    const known = taggedFields(fields, this.#version);
    const [count, tag, outerEnd] = [this.#source.name('c'), this.#source.name('t'), this.#source.name('e')];
    for (const [name, field] of known) {
      const value = this.#source.name('v');
      this.#source.line(`let ${value} = ${literal(defaultOf(field))};`);
      values.set(name, value);
    }
    this.#source.line(`let ${count} = 0, ${tag} = 0;`);
    this.#uvarint('tags', count);
    this.#source.line(`for (; ${count} > 0; ${count}--) {`);
    this.#uvarint('tag', tag);
    this.#uvarint('taggedSize', 'n');
    this.#need('taggedSize', 'n');
    this.#source.line(`const ${outerEnd} = end; end = p + n;`);
    for (const [name, field] of known) {
      this.#source.line(`if (${tag} === ${field.tag}) {`);
      this.#source.line(`${values.get(name)} = ${this.#field(name, field)};`);
      this.#source.line(`if (p !== end) malformed(${quoted(name)}, end - p, 'its size must be what its value takes');`);
      this.#source.line('} else');
    }
    this.#source.line(`p = end; end = ${outerEnd}; }`);
  }

  #need(name: string, bytes: string): void {
    this.#source.line(`if (end - p < ${bytes}) truncated(${quoted(name)}, ${bytes}, end - p);`);
  }
}

type FixedEntry = readonly [name: string, type: PrimitiveType];

/** The fields from `index` on that each have a fixed size. */
function fixedRun(fields: readonly (readonly [string, Field])[], index: number): FixedEntry[] {
  const run: FixedEntry[] = [];
  for (const [name, field] of fields.slice(index)) {
    if (field.type === 'array' || field.type === 'struct' || fixedBytes[field.type] === 0) break;
    run.push([name, field.type]);
  }
  return run;
}

function fixedExpression(type: PrimitiveType, place: string): string {
  switch (type) {
    case 'boolean':
      return `b[${place}] !== 0`;
    case 'uuid':
      return `readUuid(b, ${place})`;
    case 'int64':
      return `view.getInt32(${place}) * 4294967296 + view.getUint32(${place} + 4)`;
    default:
      return `view.getInt${fixedBytes[type] * 8}(${place})`;
  }
}

/** A default as source text: fresh for each message. */
function literal(value: unknown): string {
  return value instanceof Uint8Array ? 'b.subarray(0, 0)' : JSON.stringify(value);
}

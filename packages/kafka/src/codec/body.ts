import type { Fields } from '../schema/schema.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { compileDecode, type Decode } from './compile-decode.ts';
import { compileEncode, type Encode } from './compile-encode.ts';
import { trailingBytes } from './failures.ts';
import { PlainDecoder } from './plain-decode.ts';
import { PlainEncoder } from './plain-encode.ts';
import { mayGenerateCode } from './source.ts';

/** What identifies the layout of one message: its schema at a version. */
export interface Layout {
  /** The message's name, for errors. */
  readonly what: string;
  readonly fields: Fields;
  readonly version: number;
  readonly flexible: boolean;
}

/** Compiled once on first use, then found by schema and version. */
const decoders = new WeakMap<Fields, Decode[]>();
const encoders = new WeakMap<Fields, Encode[]>();

/** The decoder of a layout: compiled where code may be generated, else the plain one. */
export function decoderOf(layout: Layout): Decode {
  return cached(decoders, layout, mayGenerateCode() ? compiledDecoder : plainDecoder);
}

/** The encoder of a layout: compiled where code may be generated, else the plain one. */
export function encoderOf(layout: Layout): Encode {
  return cached(encoders, layout, mayGenerateCode() ? compiledEncoder : plainEncoder);
}

/** A decoder of straight code. */
export function compiledDecoder({ what, fields, version, flexible }: Layout): Decode {
  return compileDecode(what, fields, version, flexible);
}

/** An encoder of straight code. */
export function compiledEncoder({ what, fields, version, flexible }: Layout): Encode {
  return compileEncode(what, fields, version, flexible);
}

/** A decoder that walks the schema. */
export function plainDecoder({ what, fields, version, flexible }: Layout): Decode {
  return (bytes, at, maxElements, exact) => {
    const decoder = new PlainDecoder(bytes, at, version, flexible, maxElements);
    const value = decoder.struct(fields);
    if (exact && decoder.at !== bytes.length) trailingBytes(what, bytes.length - decoder.at);
    return value;
  };
}

/** An encoder that walks the schema. */
export function plainEncoder({ what, fields, version, flexible }: Layout): Encode {
  return (writer: ChunkWriter, message: unknown) => {
    const encoder = new PlainEncoder(version, flexible);
    encoder.struct(what, fields, message);
    for (const piece of encoder.pieces) writer.raw(piece);
  };
}

function cached<T>(cache: WeakMap<Fields, T[]>, layout: Layout, create: (layout: Layout) => T): T {
  const byVersion = cache.get(layout.fields);
  const found = byVersion?.[layout.version];
  if (found !== undefined) return found;
  const created = create(layout);
  if (byVersion === undefined) cache.set(layout.fields, sparse(layout.version, created));
  else byVersion[layout.version] = created;
  return created;
}

function sparse<T>(index: number, value: T): T[] {
  const list: T[] = [];
  list[index] = value;
  return list;
}

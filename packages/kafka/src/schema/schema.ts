/** Versions of a message: one (`3`), from one on (`3+`), or both ends included (`0-7`). The notation of Kafka's own definitions. */
export type VersionRange = `${number}` | `${number}+` | `${number}-${number}`;

/**
 * The types on the wire that a field may have.
 *
 * | type | bytes | in TypeScript |
 * | --- | --- | --- |
 * | `boolean` | 1; on reading anything but 0 is true | `boolean` |
 * | `int8` `int16` `int32` `int64` | 1, 2, 4, 8, big-endian | `number`; an int64 beyond ±(2^53-1) is refused |
 * | `uuid` | 16 | its 36 characters in lower case, as `randomUuid` of `@streambus/runtime` gives |
 * | `string` | length, then UTF-8 | `string` |
 * | `bytes` | length, then bytes | `Uint8Array`, a view of what was received |
 * | `records` | as `bytes` | a view when read; one view or several when written |
 */
export type PrimitiveType = 'boolean' | 'int8' | 'int16' | 'int32' | 'int64' | 'uuid' | 'string' | 'bytes' | 'records';

/** What every kind of field says. */
export interface FieldBase {
  /** The versions of the message that have the field. */
  readonly versions: VersionRange;
  /** The versions in which it may be null. Default none. */
  readonly nullable?: VersionRange;
  /** Its number among the tagged fields of its struct (KIP-482). */
  readonly tag?: number;
  /** The versions in which it travels as a tagged field; goes with `tag`. */
  readonly tagged?: VersionRange;
}

/** A field with one value. */
export interface PrimitiveField extends FieldBase {
  readonly type: PrimitiveType;
  /** Its value in versions without it, and when it is left out. Default false, 0, the zero uuid, '' or no bytes. */
  readonly default?: boolean | number | string | null;
}

/** A field with a struct of its own. */
export interface StructField extends FieldBase {
  readonly type: 'struct';
  readonly fields: Fields;
}

/** A field with a list; its default is the empty one. */
export interface ArrayField extends FieldBase {
  readonly type: 'array';
  readonly items: PrimitiveType | Fields;
}

/** One field of a message. */
export type Field = PrimitiveField | StructField | ArrayField;

/** The fields of a message or struct in the order of the wire, by name. */
export interface Fields {
  readonly [name: string]: Field;
}

/** One message outside the request and response pattern, such as what a consumer puts into JoinGroup's metadata. */
export interface MessageSchema {
  readonly name: string;
  /** The versions described. */
  readonly versions: VersionRange;
  /** The versions with compact lengths and tagged fields (KIP-482). */
  readonly flexible: VersionRange | 'none';
  readonly fields: Fields;
}

/**
 * One API: its request and its response.
 *
 * Plain data that everything is derived from: the TypeScript types, the codecs, the table of ApiVersions.
 */
export interface Api {
  /** The number in the request header. */
  readonly key: number;
  /** Kafka's name, without Request or Response. */
  readonly name: string;
  /** The versions that the schema describes, thus which can be read and written. */
  readonly versions: VersionRange;
  /** The versions with compact lengths and tagged fields (KIP-482). */
  readonly flexible: VersionRange | 'none';
  /** The versions that a broker of record format v2 can serve. Default `versions`. */
  readonly served?: VersionRange;
  /** The versions to list in ApiVersions, where clients need more listed than is served. Default `served`. */
  readonly advertised?: VersionRange;
  readonly request: Fields;
  readonly response: Fields;
}

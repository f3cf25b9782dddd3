import type { Api, Field, Fields, MessageSchema, PrimitiveType } from './schema.ts';

interface ReadValues {
  readonly boolean: boolean;
  readonly int8: number;
  readonly int16: number;
  readonly int32: number;
  readonly int64: number;
  readonly uuid: string;
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly records: Uint8Array;
}

/** Bytes of records to write: one view, or several that follow each other. */
export type RecordsInput = Uint8Array | readonly Uint8Array[];

interface WrittenValues extends Omit<ReadValues, 'records'> {
  readonly records: RecordsInput;
}

type Null<F> = F extends { readonly nullable: string } ? null : never;

type ReadItem<I> = I extends PrimitiveType ? ReadValues[I] : I extends Fields ? Message<I> : never;

type ReadField<F extends Field> =
  | Null<F>
  | (F extends { readonly type: 'array'; readonly items: infer I }
      ? readonly ReadItem<I>[]
      : F extends { readonly type: 'struct'; readonly fields: infer S extends Fields }
        ? Message<S>
        : F extends { readonly type: infer P extends PrimitiveType }
          ? ReadValues[P]
          : never);

/** A message as it comes out of a decoder: every field is there; the ones that its version lacks have their default. */
export type Message<F extends Fields> = { readonly [Name in keyof F]: ReadField<F[Name]> };

type WrittenItem<I> = I extends PrimitiveType ? WrittenValues[I] : I extends Fields ? MessageInput<I> : never;

type WrittenField<F extends Field> =
  | Null<F>
  | (F extends { readonly type: 'array'; readonly items: infer I }
      ? readonly WrittenItem<I>[]
      : F extends { readonly type: 'struct'; readonly fields: infer S extends Fields }
        ? MessageInput<S>
        : F extends { readonly type: infer P extends PrimitiveType }
          ? WrittenValues[P]
          : never);

type Omissible<F> = F extends { readonly default: unknown } | { readonly tag: number }
  ? true
  : F extends { readonly versions: '0+' }
    ? false
    : true;

type RequiredNames<F extends Fields> = { [Name in keyof F]: Omissible<F[Name]> extends true ? never : Name }[keyof F];
type OmissibleNames<F extends Fields> = { [Name in keyof F]: Omissible<F[Name]> extends true ? Name : never }[keyof F];

/**
 * A message as an encoder takes it: a field that has a default, that is tagged, or that not every version has may be left
 * out, and then has its default. What the version to write does not have is not written.
 */
export type MessageInput<F extends Fields> = { readonly [Name in RequiredNames<F>]: WrittenField<F[Name]> } & {
  readonly [Name in OmissibleNames<F>]?: WrittenField<F[Name]> | undefined;
};

/** The request of an API, as read. */
export type RequestOf<A extends Api> = Message<A['request']>;
/** The response of an API, as read. */
export type ResponseOf<A extends Api> = Message<A['response']>;
/** The request of an API, as given to be written. */
export type RequestInputOf<A extends Api> = MessageInput<A['request']>;
/** The response of an API, as given to be written. */
export type ResponseInputOf<A extends Api> = MessageInput<A['response']>;
/** A message outside the request and response pattern, as read. */
export type MessageOf<S extends MessageSchema> = Message<S['fields']>;
/** A message outside the request and response pattern, as given to be written. */
export type MessageInputOf<S extends MessageSchema> = MessageInput<S['fields']>;

/** What a list field holds: `ItemOf<FetchRequest['topics']>`. */
export type ItemOf<List> = NonNullable<List> extends readonly (infer Item)[] ? Item : never;

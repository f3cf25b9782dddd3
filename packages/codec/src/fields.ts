import { CodecError } from './errors.ts';

/** A number to be written into a 64-bit field. @throws CodecError `CODEC_NOT_ENCODABLE` */
export function count(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new CodecError('CODEC_NOT_ENCODABLE', `${what} is ${value}; it must be an integer from 0 to 2^53-1`);
}

/** A number to be written into a 32-bit field. @throws CodecError `CODEC_NOT_ENCODABLE` */
export function int32(value: number, what: string): number {
  if ((value | 0) === value) return value;
  throw new CodecError('CODEC_NOT_ENCODABLE', `${what} is ${value}; it must be an integer from -2^31 to 2^31-1`);
}

/** Numbers to be written into a repeated 32-bit field. @throws CodecError `CODEC_NOT_ENCODABLE` */
export function int32s(values: readonly number[], what: string): number[] {
  return values.map((value) => int32(value, what));
}

/** What was read must be there. @throws CodecError `CODEC_VALUE_INVALID` */
export function present<Value>(value: Value | null | undefined, what: string): Value {
  if (value !== null && value !== undefined) return value;
  throw new CodecError('CODEC_VALUE_INVALID', `${what} is missing`);
}

/** An enum as it is written, from what this project calls its members. */
export interface EnumTable<Member extends string> {
  encode(member: Member): number;
  /** @throws CodecError `CODEC_VALUE_INVALID` */
  decode(value: number): Member;
}

/** Makes an {@link EnumTable}; the members in the order of their numbers, from 0. */
export function enumTable<Member extends string>(what: string, members: readonly Member[]): EnumTable<Member> {
  return {
    encode: (member) => members.indexOf(member),
    decode(value) {
      const member = members[value];
      if (member !== undefined) return member;
      throw new CodecError('CODEC_VALUE_INVALID', `${what} is ${value}; it must be 0 to ${members.length - 1}`);
    },
  };
}

/** Numbers of a closed set, by themselves. */
export type NumberTable<Member extends number> = ReadonlyMap<number, Member>;

/** Makes a {@link NumberTable} of an object such as `MessageType`. */
export function numberTable<Member extends number>(members: Readonly<Record<string, Member>>): NumberTable<Member> {
  return new Map(Object.values(members).map((member) => [member, member]));
}

/** A number that was read, which must be one of a closed set. @throws CodecError `CODEC_VALUE_INVALID` */
export function numberAmong<Member extends number>(what: string, members: NumberTable<Member>, value: number): Member {
  const member = members.get(value);
  if (member !== undefined) return member;
  throw new CodecError(
    'CODEC_VALUE_INVALID',
    `${what} is ${value}; it must be one of ${[...members.keys()].join(', ')}`,
  );
}

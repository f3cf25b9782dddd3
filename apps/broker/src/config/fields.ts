import type { SocketAddress } from '@streambus/runtime';
import * as z from 'zod/mini';
import { formatPeerAddress, type PeerAddress, parsePeerAddress } from './peer-address.ts';
import { formatSocketAddress, parseSocketAddress } from './socket-address.ts';

/** What a kind of value is to people: for help texts, errors, documentation, and Kafka's DescribeConfigs. */
export interface FieldFacts {
  /** What is allowed, in words that end a sentence. */
  readonly allowed: string;
  /** Stands for the value in a help text. */
  readonly placeholder: string;
  /** Kafka's name for the type. */
  readonly kafkaType: 'BOOLEAN' | 'STRING' | 'INT' | 'LONG' | 'LIST';
  /** How an undefined value is written, where there can be one. */
  readonly wordForNone?: string;
}

/** What a key is to people. */
export interface KeyFacts extends FieldFacts {
  readonly section: string;
  readonly description: string;
  /** As it would be written. */
  readonly defaultText: string;
}

/** The facts of each field and key, by schema. */
const fieldFacts = z.registry<FieldFacts>();
export const keyFacts: z.core.$ZodRegistry<KeyFacts> = z.registry<KeyFacts>();

function described<Schema extends z.ZodMiniType>(schema: Schema, facts: FieldFacts): Schema {
  fieldFacts.add(schema, facts);
  return schema;
}

/** Numbers come as JSON numbers from a file and as text from everywhere else. */
const numberFromText = z.transform((input: unknown) =>
  typeof input === 'string' && /^-?[0-9]+$/.test(input) ? Number(input) : input,
);

/** An integer in a range, with its unit where it has one. */
export function integer(min: number, max: number, unit?: string): z.ZodMiniType<number> {
  return described(z.pipe(numberFromText, z.number().check(z.int(), z.gte(min), z.lte(max))), {
    allowed: `an integer from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`,
    placeholder: unit?.toUpperCase() ?? 'N',
    kafkaType: max > 0x7fffffff ? 'LONG' : 'INT',
  });
}

/** The same, or -1 for no limit. */
export function integerOrUnlimited(min: number, max: number, unit: string): z.ZodMiniType<number> {
  const range = z.number().check(
    z.int(),
    z.refine((value) => value === -1 || (value >= min && value <= max)),
  );
  return described(z.pipe(numberFromText, range), {
    allowed: `an integer from ${min} to ${max} (${unit}), or -1 for no limit`,
    placeholder: unit.toUpperCase(),
    kafkaType: 'LONG',
  });
}

/** True or false. */
export function toggle(): z.ZodMiniType<boolean> {
  const fromText = z.transform((input: unknown) => (input === 'true' ? true : input === 'false' ? false : input));
  return described(z.pipe(fromText, z.boolean()), {
    allowed: 'true or false',
    placeholder: 'true|false',
    kafkaType: 'BOOLEAN',
  });
}

/** One of a few words. */
export function choice<const Word extends string>(...words: readonly Word[]): z.ZodMiniType<Word> {
  return described(z.enum(words) as unknown as z.ZodMiniType<Word>, {
    allowed: words.length === 1 ? `${words[0]}` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    placeholder: words.join('|'),
    kafkaType: 'STRING',
  });
}

/** One or several of a few words, divided by commas; without repetitions, sorted. */
export function choices<const Word extends string>(...words: readonly Word[]): z.ZodMiniType<readonly Word[]> {
  const fromText = z.transform((input: unknown) => {
    const list: unknown = typeof input === 'string' ? input.split(',').map((word) => word.trim()) : input;
    return Array.isArray(list) ? [...new Set(list)].sort() : list;
  });
  const list = z.array(z.enum(words) as unknown as z.ZodMiniType<Word>).check(z.minLength(1));
  return described(z.pipe(fromText, list), {
    allowed: `one or several of ${words.join(', ')}, divided by commas`,
    placeholder: words.join(','),
    kafkaType: 'LIST',
  });
}

/** Text of a form. */
export function text(form: RegExp, allowed: string, placeholder: string): z.ZodMiniType<string> {
  return described(z.string().check(z.regex(form)), { allowed, placeholder, kafkaType: 'STRING' });
}

/** A host and a port. */
export function address(portMin: 0 | 1): z.ZodMiniType<SocketAddress> {
  const fromText = z.transform((input: unknown) => (typeof input === 'string' ? parseSocketAddress(input) : undefined));
  const range = z.object({ host: z.string(), port: z.number().check(z.gte(portMin)) });
  return described(z.pipe(fromText, range), {
    allowed: `HOST:PORT with a port from ${portMin} to 65535 and an IPv6 address in brackets, such as 127.0.0.1:9092 or [::1]:9092`,
    placeholder: 'HOST:PORT',
    kafkaType: 'STRING',
  });
}

/** Brokers with their addresses, divided by commas, no id twice; by id. */
export function peerAddresses(): z.ZodMiniType<readonly PeerAddress[]> {
  const fromText = z.transform((input: unknown) => {
    const list = typeof input === 'string' ? input.split(',').map((word) => parsePeerAddress(word.trim())) : [];
    return list.sort((a, b) => (a?.id ?? 0) - (b?.id ?? 0));
  });
  const list = z
    .array(z.object({ id: z.number(), address: z.object({ host: z.string(), port: z.number() }) }))
    .check(z.minLength(1))
    .check(z.refine((peers) => new Set(peers.map(({ id }) => id)).size === peers.length));
  return described(z.pipe(fromText, list), {
    allowed:
      'a list of ID@HOST:PORT, divided by commas, each ID once, such as 1@10.0.0.1:9093,2@10.0.0.2:9093,3@10.0.0.3:9093',
    placeholder: 'ID@HOST:PORT,...',
    kafkaType: 'LIST',
  });
}

/** The field, or a word that stands for none: undefined. */
export function orWord<Value>(
  word: string,
  meaning: string,
  field: z.ZodMiniType<Value>,
): z.ZodMiniType<Value | undefined> {
  const facts = factsOf(field);
  const none = z.pipe(
    z.literal(word),
    z.transform(() => undefined),
  );
  return described(z.union([none, field]) as unknown as z.ZodMiniType<Value | undefined>, {
    ...facts,
    allowed: `${facts.allowed}; or ${word}: ${meaning}`,
    placeholder: `${facts.placeholder}|${word}`,
    wordForNone: word,
  });
}

/** A key: a field with its default, as it would be written, and its meaning. */
export function key<Value>(
  section: string,
  field: z.ZodMiniType<Value>,
  defaultText: string | number | boolean,
  description: string,
): z.ZodMiniType<Value> {
  const schema = z.prefault(field, defaultText as never) as unknown as z.ZodMiniType<Value>;
  keyFacts.add(schema, { ...factsOf(field), section, description, defaultText: String(defaultText) });
  return schema;
}

/** The facts of a field. */
function factsOf(field: z.ZodMiniType): FieldFacts {
  const facts = fieldFacts.get(field);
  if (facts === undefined) throw new TypeError('a configuration field was made without its facts');
  return facts;
}

/** A value as it would be written. */
export function formatValue(facts: FieldFacts, value: unknown): string {
  if (value === undefined) return facts.wordForNone ?? '';
  if (Array.isArray(value)) return value.map(formatElement).join(',');
  return isSocketAddress(value) ? formatSocketAddress(value) : String(value);
}

function formatElement(value: unknown): string {
  return typeof value === 'object' ? formatPeerAddress(value as PeerAddress) : String(value);
}

function isSocketAddress(value: unknown): value is SocketAddress {
  return typeof value === 'object' && value !== null && 'host' in value && 'port' in value;
}

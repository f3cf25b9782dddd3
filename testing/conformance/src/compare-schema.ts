import type { Field, Fields } from '@streambus/kafka';
import type { PublishedField, PublishedMessage } from './kafka-definitions.ts';

/** Compares one of our messages with its published definition; gives every difference as a line. */
export function compareMessage(name: string, fields: Fields, flexible: string, published: PublishedMessage): string[] {
  const [, last = '0'] = /(\d+)$/.exec(published.validVersions) ?? [];
  const comparison = new Comparison(published, Number(last));
  return [
    ...differs(`${name} flexible versions`, flexible, published.flexibleVersions),
    ...comparison.fields(name, fields, published.fields),
  ];
}

class Comparison {
  readonly #published: PublishedMessage;
  /** The highest version that the definition knows; ours may know later ones. */
  readonly #lastVersion: number;

  constructor(published: PublishedMessage, lastVersion: number) {
    this.#published = published;
    this.#lastVersion = lastVersion;
  }

  fields(where: string, ours: Fields, published: readonly PublishedField[]): string[] {
    const known = Object.entries(ours).filter(([, field]) => Number.parseInt(field.versions, 10) <= this.#lastVersion);
    const order = known.map(([name]) => name).join(' ');
    return [
      ...differs(`${where} fields`, order, published.map(({ name }) => lowerFirst(name)).join(' ')),
      ...published.flatMap((theirs) => {
        const field = ours[lowerFirst(theirs.name)];
        return field === undefined ? [] : this.#field(`${where}.${lowerFirst(theirs.name)}`, field, theirs);
      }),
    ];
  }

  #field(where: string, ours: Field, theirs: PublishedField): string[] {
    const inner = theirs.fields ?? this.#commonStruct(theirs.type.replace('[]', ''));
    return [
      ...differs(`${where} type`, typeText(ours), publishedTypeText(theirs, inner !== undefined)),
      ...differs(`${where} versions`, ours.versions, theirs.versions),
      ...differs(`${where} nullable versions`, ours.nullable, theirs.nullableVersions),
      ...differs(`${where} tag`, ours.tag, theirs.tag),
      ...differs(`${where} tagged versions`, ours.tagged, theirs.taggedVersions),
      ...differs(`${where} default`, 'default' in ours ? ours.default : undefined, publishedDefault(theirs)),
      ...(inner === undefined ? [] : this.fields(where, innerFields(ours), inner)),
    ];
  }

  #commonStruct(name: string): readonly PublishedField[] | undefined {
    return this.#published.commonStructs?.find((struct) => struct.name === name)?.fields;
  }
}

function innerFields(field: Field): Fields {
  if (field.type === 'struct') return field.fields;
  return field.type === 'array' && typeof field.items !== 'string' ? field.items : {};
}

function typeText(field: Field): string {
  if (field.type !== 'array') return field.type;
  return typeof field.items === 'string' ? `[]${field.items}` : '[]struct';
}

function publishedTypeText({ type }: PublishedField, isStruct: boolean): string {
  const list = type.startsWith('[]') ? '[]' : '';
  if (isStruct) return `${list}struct`;
  return type.replace(/bool$/, 'boolean');
}

function publishedDefault({ type, default: value }: PublishedField): unknown {
  if (value === undefined) return undefined;
  if (value === 'null') return null;
  if (type === 'string') return value;
  return type === 'bool' ? value === 'true' || value === true : Number(value);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function differs(what: string, ours: unknown, theirs: unknown): string[] {
  return ours === theirs ? [] : [`${what}: ours is ${String(ours)}, published is ${String(theirs)}`];
}

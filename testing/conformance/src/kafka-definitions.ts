import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the protocol's published definitions lie: beside the repository, not in it. */
const folder = join(import.meta.dirname, '../../../../shared/kafka-messages');

/** Whether the definitions are on this machine. */
export const haveKafkaDefinitions: boolean = existsSync(folder);

/** A field, as published. */
export interface PublishedField {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number;
  readonly default?: string | number | boolean;
  readonly fields?: readonly PublishedField[];
}

/** A message, as published. */
export interface PublishedMessage {
  readonly apiKey?: number;
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly fields: readonly PublishedField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly PublishedField[] }[];
}

/** Reads one definition: JSON with comments, which may stand at a line's end but in no string. */
export function readDefinition(name: string): PublishedMessage {
  const text = readFileSync(join(folder, `${name}.json`), 'utf8');
  const json = text.replace(/("(?:[^"\\]|\\.)*")|\/\/.*$/gm, (_, string: string | undefined) => string ?? '');
  return JSON.parse(json);
}

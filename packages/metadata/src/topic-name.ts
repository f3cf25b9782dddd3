import { quoted } from './config-schema.ts';
import { MetadataError } from './errors.ts';

const maxTopicNameLength = 249;

/** Why a name is none that Kafka allows for a topic, or undefined when it is one. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return 'it must not be "." or ".."';
  if (name.length < 1 || name.length > maxTopicNameLength) return `it must have 1 to ${maxTopicNameLength} characters`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return 'it must have only letters and digits of ASCII, ".", "_" and "-"';
  return undefined;
}

/** @throws MetadataError `INVALID_TOPIC_NAME` */
export function requireTopicName(name: string): void {
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new MetadataError('INVALID_TOPIC_NAME', `topic name ${quoted(name)}: ${problem}`);
}

/** Whether a text is a UUID in its 36 lower-case characters, and not the one of zeros that Kafka reserves. */
export function isTopicId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) && text !== '00000000-0000-0000-0000-000000000000';
}

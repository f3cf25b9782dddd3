import { MetadataError } from '@streambus/metadata';
import { offsetsTopicName } from './internal-topics.ts';

/**
 * Refuses a topic name that differs from another only in "." and "_", as Kafka does: in the names of metrics both are one.
 *
 * A courtesy, not an invariant: nothing here relies on it, so brokers need not agree on it in one step.
 *
 * @param others - names that are taken
 * @throws MetadataError `INVALID_TOPIC_NAME`
 */
export function refuseCollision(name: string, ...others: readonly Iterable<string>[]): void {
  if (name === offsetsTopicName || !/[._]/.test(name)) return;
  const unified = unify(name);
  for (const names of [[offsetsTopicName], ...others]) {
    for (const other of names) {
      // The lengths tell most apart, which matters where there are thousands.
      if (other.length !== name.length || other === name || unify(other) !== unified) continue;
      throw new MetadataError('INVALID_TOPIC_NAME', `topic ${name} collides with ${other}: "." and "_" count as one`);
    }
  }
}

function unify(name: string): string {
  return name.replaceAll('.', '_');
}

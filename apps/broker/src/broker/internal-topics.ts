/** Where committed offsets and groups are kept, by Kafka's name for it. */
export const offsetsTopicName = '__consumer_offsets';

/** Whether a topic is the broker's own: clients may read it, and neither write nor delete it. */
export function isInternalTopic(name: string): boolean {
  return name === offsetsTopicName;
}

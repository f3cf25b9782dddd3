import type { BrokerMetrics, TopicMeter } from '../admin/index.ts';

/** The numbers of each topic, found without making anything once they exist. */
export interface TopicMeters {
  of(topic: string): TopicMeter;
  /** The topic is gone, and its numbers with it. */
  forget(topic: string): void;
}

/** Makes the topics' numbers part of the broker's. */
export function createTopicMeters(metrics: BrokerMetrics): TopicMeters {
  const meters = new Map<string, TopicMeter>();
  return {
    of(topic) {
      let meter = meters.get(topic);
      if (meter === undefined) {
        meter = metrics.topic(topic);
        meters.set(topic, meter);
      }
      return meter;
    },
    forget(topic) {
      meters.delete(topic);
      metrics.forgetTopic(topic);
    },
  };
}

import { apis } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { createTopic, errorName, fresh, given, produce, useBroker } from './test-broker.ts';

const largestInt = '2147483647';
const largestLong = '9223372036854775807';

describe('settings of a topic at the ends of what they may be', () => {
  const test = useBroker();

  it.each([
    { 'max.message.bytes': largestInt },
    { 'index.interval.bytes': '0' },
    { 'index.interval.bytes': largestInt },
    { 'segment.bytes': '14' },
    { 'segment.bytes': largestInt },
    { 'segment.ms': '1' },
    { 'segment.ms': largestLong },
    { 'retention.ms': largestLong },
    { 'retention.bytes': '0' },
    { 'streambus.flush': 'interval', 'flush.ms': '0' },
    { 'streambus.flush': 'interval', 'flush.ms': largestLong },
    { 'streambus.flush': 'os', 'flush.ms': '0' },
    { 'message.timestamp.after.max.ms': largestLong },
  ])('%j', async (configs) => {
    const created = fresh('created-with');
    await createTopic(test.client, created, 1, configs);
    const changed = fresh('changed-to');
    await createTopic(test.client, changed);
    const { responses } = await test.client.call(apis.incrementalAlterConfigs, 1, {
      validateOnly: false,
      resources: [
        {
          resourceType: 2,
          resourceName: changed,
          configs: Object.entries(configs).map(([name, value]) => ({ name, configOperation: 0, value })),
        },
      ],
    });
    expect(errorName(given(responses[0]).errorCode)).toBe('NONE');
    for (const topic of [created, changed]) {
      const { errorCode } = await produce(test.client, { topic }, [{ value: 'v' }]);
      expect([topic, errorName(errorCode)]).toEqual([topic, 'NONE']);
    }
  });
});

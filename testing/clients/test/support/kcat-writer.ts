import { expect } from 'vitest';
import { type KcatWriter, startKcatWriter } from '../../src/kcat-writer.ts';
import type { Writer, WrittenTopic } from './writers.ts';

/** kcat gets its lines as another writer goes on. */
export function kcatWriter(
  { port, topic }: WrittenTopic,
  name: string,
  partition: number,
): Writer & { readonly kcat: KcatWriter } {
  const process = startKcatWriter(port, topic, partition, name);
  return {
    name,
    kcat: process,
    acknowledgements: () => process.delivered.length,
    more: () => Promise.resolve(),
    async finish() {
      const { code, fed, stderr } = await process.finish();
      expect(code, `${name}: ${stderr}`).toBe(0);
      // All that it was fed, or it would not have ended well.
      expect(process.delivered.length, `${name}: ${stderr}`).toBe(fed);
      return process.delivered.map(({ partition: found, offset }, first) => ({
        partition: found,
        first,
        count: 1,
        offset,
      }));
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

import { expect } from 'vitest';
import { hasKcat, kcat, runScript } from '../../src/index.ts';
import { type ReadRecord, readPartition } from '../../src/wire-calls.ts';

/** A topic of a broker, or of several, on this machine. */
export interface WrittenTopic {
  readonly port: number;
  /** Where a partition is read, if not there. */
  readonly portOf?: (partition: number) => Promise<number>;
  readonly topic: string;
  readonly partitionCount: number;
}

/** Records that a producer was told are stored: `count` from the number `first` on, at `offset`. */
export interface Acknowledged {
  readonly partition: number;
  readonly first: number;
  readonly count: number;
  readonly offset: number;
}

/** A client that writes over kills, and what it was told. */
export interface Writer extends AsyncDisposable {
  readonly name: string;
  acknowledgements(): number;
  /** Resolves after so many acknowledgements more. */
  more(count: number): Promise<void>;
  /** Lets it finish; gives all that was acknowledged to it. */
  finish(): Promise<readonly Acknowledged[]>;
}

/** The scripts that write. */
const scripts = {
  own: new URL('../../src/idempotent-writer.ts', import.meta.url),
  kafkajs: new URL('../../src/kafkajs-writer.ts', import.meta.url),
} as const;

/** Starts one of the writing scripts. */
export function startWriter(
  client: keyof typeof scripts,
  { port, topic, partitionCount }: WrittenTopic,
  name: string,
  seed: number,
): Writer {
  const script = runScript(scripts[client], [String(port), topic, String(partitionCount), name, String(seed)]);
  return {
    name,
    acknowledgements: () => script.lines.length,
    more(count) {
      const wanted = script.lines.length + count;
      return script.until(`${wanted} acknowledgements`, (lines) => lines.length >= wanted);
    },
    async finish() {
      expect(await script.kill('SIGTERM'), `${name}: ${script.stderr}`).toBe(0);
      expect(script.lines.at(-1)).toBe('finished');
      return script.lines.slice(0, -1).map((line) => {
        const [, partition, first, count, offset] = line.split(' ').map(Number);
        return { partition, first, count, offset } as Acknowledged;
      });
    },
    [Symbol.asyncDispose]: () => script[Symbol.asyncDispose](),
  };
}

/** The numbers of each writer's records, in the order of the log. */
function numbersByWriter(records: readonly ReadRecord[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const { value } of records) {
    const [name = '', number] = value.split(':');
    const found = numbers.get(name);
    if (found === undefined) numbers.set(name, [Number(number)]);
    else found.push(Number(number));
  }
  return numbers;
}

/** Every record is there that was acknowledged, where the producer was told, in order, once, and nothing else; offsets are dense. */
export async function expectAllStored(
  { port, portOf, topic, partitionCount }: WrittenTopic,
  acknowledged: ReadonlyMap<string, readonly Acknowledged[]>,
): Promise<number> {
  let total = 0;
  for (let partition = 0; partition < partitionCount; partition++) {
    const { records, startOffset, highWatermark } = await readPartition(
      (await portOf?.(partition)) ?? port,
      topic,
      partition,
    );
    total += records.length;
    expect(startOffset).toBe(0);
    expect(records).toHaveLength(highWatermark);
    expect(records.findIndex(({ offset }, index) => offset !== index)).toBe(-1);
    const numbers = numbersByWriter(records);
    for (const [name, all] of acknowledged) {
      const own = all.filter((one) => one.partition === partition);
      const count = own.reduce((sum, one) => sum + one.count, 0);
      expect(numbers.get(name)?.length ?? 0, `records of ${name} in ${topic}-${partition}`).toBe(count);
      expect(numbers.get(name)?.findIndex((number, index) => number !== index) ?? -1, `order of ${name}`).toBe(-1);
      for (const { first, count: size, offset } of own) {
        const values = records.slice(offset, offset + size).map(({ value }) => value.split(':', 2).join(':'));
        expect(values).toEqual(Array.from({ length: size }, (_, index) => `${name}:${first + index}`));
      }
      numbers.delete(name);
    }
    expect([...numbers.keys()]).toEqual([]);
    if (hasKcat) {
      const place = ['-t', topic, '-p', String(partition), '-o', 'beginning'];
      const read = await kcat([
        '-b',
        `127.0.0.1:${port}`,
        '-C',
        ...place,
        '-e',
        '-q',
        '-X',
        'check.crcs=true',
        '-f',
        '%o %s\n',
      ]);
      expect(read.toString() === records.map(({ offset, value }) => `${offset} ${value}\n`).join('')).toBe(true);
    }
  }
  return total;
}

import { apis, decodeRecords, encodeRecordBatch } from '@streambus/kafka';
import { hasProgram, runProgram } from '@streambus-testing/harness';
import { KafkaSocket } from './kafka-socket.ts';
import { witnessTopic } from './names.ts';

/** The client beside: a well-behaved one that must never notice. */
export interface Witness {
  readonly client: 'kcat' | 'own';
  readonly rounds: number;
  readonly slowestMs: number;
  /** The first thing that went wrong, if anything has. */
  readonly failure: string | undefined;
  /** Resolves when the round under way is done. */
  stop(): Promise<void>;
}

/** Writes values to the witness's topic and reads them back from an offset. */
interface RoundTrip {
  write(values: readonly string[]): Promise<void>;
  read(fromOffset: number, count: number): Promise<readonly string[]>;
}

const recordsPerRound = 20;
/** A round, which is two runs of kcat, may take this long. */
const roundTimeoutMs = 15_000;

/** Begins: writes, reads, compares, again and again. */
export function startWitness(bootstrap: string, port: number): Witness {
  const isKcat = hasProgram('kcat');
  const client = isKcat ? kcatRoundTrip(bootstrap) : ownRoundTrip(port);
  let rounds = 0;
  let slowestMs = 0;
  let failure: string | undefined;
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const startedMs = performance.now();
      const values = Array.from({ length: recordsPerRound }, (_, index) => `round ${rounds} record ${index}`);
      await client.write(values);
      const found = await client.read(rounds * recordsPerRound, recordsPerRound);
      if (found.join('\n') !== values.join('\n')) throw new Error(`wrote ${values[0]}…, read ${found.join(', ')}`);
      rounds++;
      const tookMs = performance.now() - startedMs;
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > roundTimeoutMs) throw new Error(`it took ${Math.round(tookMs)} ms`);
    }
  };
  const running = run().catch((thrown: unknown) => {
    failure = `round ${rounds} of the witness failed: ${thrown instanceof Error ? thrown.message : thrown}`;
  });
  return {
    client: isKcat ? 'kcat' : 'own',
    get rounds() {
      return rounds;
    },
    get slowestMs() {
      return slowestMs;
    },
    get failure() {
      return failure;
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

function kcatRoundTrip(bootstrap: string): RoundTrip {
  const place = ['-b', bootstrap, '-t', witnessTopic, '-p', '0'];
  const run = async (parameters: readonly string[], input?: string): Promise<string> => {
    const options = { timeoutMs: roundTimeoutMs, ...(input !== undefined && { input }) };
    const { code, stdout, stderr } = await runProgram('kcat', [...place, ...parameters], options);
    // kcat says what a connection lost costs it and goes on; the witness must not lose one at all.
    if (code !== 0 || stderr !== '') throw new Error(`kcat ${parameters.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.toString('utf8');
  };
  return {
    async write(values) {
      await run(
        ['-P', '-X', 'acks=all', '-X', 'message.timeout.ms=10000'],
        values.map((value) => `${value}\n`).join(''),
      );
    },
    async read(fromOffset, count) {
      const output = await run(['-C', '-q', '-o', `${fromOffset}`, '-c', `${count}`, '-f', '%s\n']);
      return output.split('\n').slice(0, -1);
    },
  };
}

function ownRoundTrip(port: number): RoundTrip {
  return {
    async write(values) {
      using socket = await KafkaSocket.open(port);
      const records = encodeRecordBatch(values.map((value) => ({ value })));
      const topicData = [{ name: witnessTopic, partitionData: [{ index: 0, records }] }];
      const { responses } = await socket.ask(apis.produce, 9, { acks: -1, timeoutMs: 10_000, topicData });
      const error = responses[0]?.partitionResponses[0]?.errorCode;
      if (error !== 0) throw new Error(`produce was answered with error ${error}`);
    },
    async read(fromOffset, count) {
      using socket = await KafkaSocket.open(port);
      const partitions = [{ partition: 0, fetchOffset: fromOffset, partitionMaxBytes: 1_000_000 }];
      const asks = { maxBytes: 1_000_000, minBytes: 1, maxWaitMs: 1000 };
      const { responses } = await socket.ask(apis.fetch, 11, {
        ...asks,
        topics: [{ topic: witnessTopic, partitions }],
      });
      const records = responses[0]?.partitions[0]?.records ?? new Uint8Array(0);
      const values = [...decodeRecords(records, fromOffset)].map(({ value }) =>
        Buffer.from(value ?? []).toString('utf8'),
      );
      return values.slice(0, count);
    },
  };
}

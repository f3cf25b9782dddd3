import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, runProgram, type TemporaryFolder } from '@streambus-testing/harness';
import type { BenchClient, Consumed, Produced } from './bench-client.ts';

const source = fileURLToPath(new URL('../../peers/librdkafka-bench.c', import.meta.url));

/** Compiles the client. @returns why it cannot be, where there is no compiler or no librdkafka to build with */
export async function compileLibrdkafka(): Promise<(BenchClient & AsyncDisposable) | string> {
  const folder = await makeTemporaryFolder();
  const program = join(folder.path, 'librdkafka-bench');
  try {
    const built = await runProgram('gcc', ['-O2', '-Wall', '-o', program, source, '-lrdkafka']);
    if (built.code === 0) return clientOf(program, folder);
    await folder[Symbol.asyncDispose]();
    return `gcc with librdkafka-dev could not build it: ${built.stderr.trim().split('\n')[0] ?? ''}`;
  } catch {
    await folder[Symbol.asyncDispose]();
    return 'there is no gcc';
  }
}

function clientOf(program: string, folder: TemporaryFolder): BenchClient & AsyncDisposable {
  const run = async <Result>(mode: string, parameters: readonly (string | number)[]): Promise<Result> => {
    const { code, stdout, stderr } = await runProgram(program, [mode, ...parameters.map(String)]);
    if (code !== 0) throw new Error(`librdkafka-bench ${mode} failed: ${stderr.slice(-500)}`);
    return JSON.parse(stdout.toString());
  };
  return {
    name: 'librdkafka',
    produce: ({ bootstrap, topic, recordBytes, durationMs }) =>
      run<Produced>('produce', [bootstrap, topic, recordBytes, durationMs]),
    latency: ({ bootstrap, topic, recordBytes, durationMs }) =>
      run<Produced>('latency', [bootstrap, topic, recordBytes, durationMs]),
    consume: ({ bootstrap, topic, records, durationMs }) =>
      run<Consumed>('consume', [bootstrap, topic, records, durationMs]),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

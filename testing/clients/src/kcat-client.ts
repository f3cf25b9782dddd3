import { hasProgram, runProgram } from '@streambus-testing/harness';
import type { Client } from './client.ts';
import type { TestRecord } from './dataset.ts';

/** Whether kcat can be run here; on Debian `apt-get install kcat` brings it. */
export const hasKcat: boolean = hasProgram('kcat');

/** Runs kcat, failing with what it wrote when it fails. */
export async function kcat(parameters: readonly string[], input?: string): Promise<Buffer> {
  const { code, stdout, stderr } = await runProgram('kcat', parameters, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kcat ${parameters.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/**
 * https://github.com/edenhill/kcat (librdkafka).
 *
 * It writes lines of text with a key in front; headers and timestamps it cannot give to single records.
 */
export const kcatClient: Client = {
  name: 'kcat',
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  setsTimestamps: false,
  async write(bootstrap, topic, codec, records) {
    const lines = records.map(({ key, value }) => `${key ?? ''}\t${value}\n`).join('');
    const settings = ['-z', codec, '-X', 'message.max.bytes=1000000'];
    // -Z: an empty key is none.
    await kcat(
      ['-b', bootstrap, '-P', '-t', topic, '-p', '0', '-K', '\t', '-Z', '-H', 'writer=kcat', ...settings],
      lines,
    );
  },
  async read(bootstrap, topic, count) {
    const format = '%T\t%K\t%S\t%h\n%k%s\n';
    const output = await kcat([
      '-b',
      bootstrap,
      '-C',
      '-t',
      topic,
      '-p',
      '0',
      '-o',
      'beginning',
      '-e',
      '-q',
      '-f',
      format,
    ]);
    const found = parse(output);
    if (found.length < count) throw new Error(`kcat read ${found.length} records of ${count}`);
    return found;
  },
};

function parse(output: Buffer): TestRecord[] {
  const found: TestRecord[] = [];
  for (let at = 0; at < output.length; ) {
    const lineEnd = output.indexOf('\n', at);
    const [timestamp = '', keyLength = '', valueLength = '', headers = ''] = output
      .toString('utf8', at, lineEnd)
      .split('\t');
    const keyEnd = lineEnd + 1 + Math.max(Number(keyLength), 0);
    const valueEnd = keyEnd + Math.max(Number(valueLength), 0);
    found.push({
      key: Number(keyLength) < 0 ? null : output.toString('utf8', lineEnd + 1, keyEnd),
      value: output.toString('utf8', keyEnd, valueEnd),
      headers: headers === '' ? [] : headers.split(',').map(headerOf),
      timestamp: Number(timestamp),
    });
    at = valueEnd + 1;
  }
  return found;
}

function headerOf(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

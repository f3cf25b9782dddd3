import { spawn } from 'node:child_process';

/** librdkafka's idempotent producer, by kcat. */
export interface KcatWriter extends AsyncDisposable {
  /** Gives it this many records more. */
  feed(count: number): void;
  /** Records whose delivery it has reported. */
  readonly delivered: readonly { readonly partition: number; readonly offset: number }[];
  /** Lets it deliver all that it was fed; resolves with its exit code and how much that was. */
  finish(): Promise<{ readonly code: number | null; readonly fed: number; readonly stderr: string }>;
}

const program = 'kcat';
const reportPattern = /^% Message delivered to partition (\d+) \(offset (\d+)\)/;

/** Starts kcat writing to one partition; it goes on when the broker is away. */
export function startKcatWriter(port: number, topic: string, partition: number, name: string): KcatWriter {
  const settings = ['enable.idempotence=true', 'acks=all', 'reconnect.backoff.ms=10', 'reconnect.backoff.max.ms=100'];
  const child = spawn(
    program,
    [
      ...['-P', '-E', '-v', '-v', '-b', `127.0.0.1:${port}`, '-t', topic, '-p', String(partition)],
      ...[...settings, 'linger.ms=2', 'retry.backoff.ms=20'].flatMap((setting) => ['-X', setting]),
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const delivered: { partition: number; offset: number }[] = [];
  let fed = 0;
  let rest = '';
  let stderr = '';
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const report = reportPattern.exec(line);
      if (report === null) stderr = `${stderr}${line}\n`.slice(-10_000);
      else delivered.push({ partition: Number(report[1]), offset: Number(report[2]) });
    }
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    delivered,
    feed(count) {
      const lines = Array.from({ length: count }, (_, index) => `${name}:${fed + index}:\n`);
      fed += count;
      child.stdin.write(lines.join(''));
    },
    async finish() {
      child.stdin.end();
      return { code: await ended, fed, stderr };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

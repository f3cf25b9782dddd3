import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../../apps/broker/bin/streambus.js', import.meta.url));

/** Starts a broker and kills it (SIGKILL) so many milliseconds later, wherever it has come to. Resolves when it is gone. */
export function killWhileStarting(
  dataDir: string,
  kafkaPort: number,
  settings: readonly string[],
  afterMs: number,
): Promise<void> {
  const listen = ['--kafka-listen', `127.0.0.1:${kafkaPort}`, '--admin-listen', 'none'];
  const child = spawn(
    process.execPath,
    [binary, 'start', '--data-dir', dataDir, ...listen, ...settings.flatMap((setting) => ['--set', setting])],
    { stdio: 'ignore' },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
    setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
}

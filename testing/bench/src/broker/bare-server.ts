import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../peers/bare-server.ts', import.meta.url));

/** The bare server in a process of its own. */
export interface BareServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Starts the bare server; see its file for the parameters. */
export async function startBareServer(parameters: readonly (string | number)[]): Promise<BareServer> {
  const child = spawn(process.execPath, [script, ...parameters.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const line = once(child.stdout.setEncoding('utf8'), 'data') as Promise<[string]>;
  const first = await Promise.race([line, ended.then(() => undefined)]);
  if (first === undefined) throw new Error('the bare server ended before it was ready');
  return {
    port: Number(first[0]),
    pid: child.pid ?? -1,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

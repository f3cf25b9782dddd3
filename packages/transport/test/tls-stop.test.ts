import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const program = new URL('./tls/leave-nothing.ts', import.meta.url).pathname;

it('after stop nothing of TLS is left in the process, whatever was under way, and it ends by itself', {
  timeout: 20_000,
}, async () => {
  const child = spawn(process.execPath, ['--conditions=@streambus/source', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect({ left: JSON.parse(printed), code }).toEqual({ left: [], code: 0 });
  } finally {
    child.kill('SIGKILL');
  }
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { closingLine } from '../../../scripts/closing-line.mjs';

const toolchain = new URL('../../../scripts/toolchain.mjs', import.meta.url).href;

describe('the closing line of npm test', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });

  it('counts what passed and what failed, and what was skipped only if there is any', () => {
    expect(closingLine({ testResults: [file('passed', 'passed', 'passed')] }, true)).toBe('2 passed, 0 failed');
    const mixed = [file('failed', 'passed', 'failed'), file('passed', 'skipped', 'pending', 'passed')];
    expect(closingLine({ testResults: mixed }, false)).toBe('2 passed, 1 failed, 2 skipped');
  });

  it('a file that could not be collected counts as one failure', () => {
    const files = [file('failed'), file('failed', 'passed'), file('failed', 'failed')];
    expect(closingLine({ testResults: files }, false)).toBe('1 passed, 3 failed');
  });

  it('a run that failed shows at least one failure, also without any report', () => {
    expect(closingLine({ testResults: [file('passed', 'passed')] }, false)).toBe('1 passed, 1 failed');
    expect(closingLine(undefined, false)).toBe('0 passed, 1 failed');
  });
});

describe('npm start and npm test run their command as if they were it', () => {
  /** A process that runs `node -e code` by the scripts' own means. */
  function wrapped(code: string): ChildProcess {
    const script = `
      import { exitLike, run } from ${JSON.stringify(toolchain)};
      exitLike(await run(process.execPath, ['-e', ${JSON.stringify(code)}]));`;
    return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  it.each([0, 1, 42])('exit code %d', async (code) => {
    expect(await once(wrapped(`process.exitCode = ${code}`), 'exit')).toEqual([code, null]);
  });

  it('standard input and output', async () => {
    const child = wrapped('process.stdin.pipe(process.stdout)');
    child.stdin?.end('through and through');
    expect(child.stdout && (await text(child.stdout))).toBe('through and through');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s reaches the command, which may end in its own way',
    async (signal) => {
      const child = wrapped(`
      process.on('${signal}', () => process.exit(7));
      setInterval(() => {}, 1000);
      console.log('ready');`);
      if (child.stdout) await once(child.stdout, 'data');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([7, null]);
    },
  );

  it('a command that a signal ended: the same signal', async () => {
    const child = wrapped("process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);");
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });
});

describe('the command line at the root', () => {
  it('runs on the pinned Node, whatever Node is on the PATH', async () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const shim = `${root}/node_modules/.bin/streambus`;
    // The shim runs the Node beside it; NODE_OPTIONS makes that one tell its version and leave.
    const child = spawn(shim, [], {
      env: {
        ...process.env,
        PATH: '/usr/bin:/bin',
        NODE_OPTIONS: '--import=data:text/javascript,console.log(process.version);process.exit()',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const version = await text(child.stdout);
    const manifest = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as {
      devDependencies: { node: string };
    };
    expect(version.trim()).toBe(`v${manifest.devDependencies.node}`);
  });
});

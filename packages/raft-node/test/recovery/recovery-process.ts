import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RecoveryFigures, RecoveryTask } from './recovery-program.ts';

const program = new URL('./recovery-program.ts', import.meta.url).pathname;

/** Lets a process write, and kills it (SIGKILL) when everything was acknowledged. */
export async function writeAndKill(task: RecoveryTask): Promise<RecoveryFigures> {
  const { figures, signal } = await run(task, true);
  if (signal !== 'SIGKILL') throw new Error(`the process that wrote was ended by ${signal}`);
  return figures;
}

/** Starts a new process on what is there, and ends it properly. */
export async function startAgain(task: RecoveryTask): Promise<RecoveryFigures> {
  return (await run(task, false)).figures;
}

async function run(
  task: RecoveryTask,
  kill: boolean,
): Promise<{ readonly figures: RecoveryFigures; readonly signal: string | null }> {
  const child = spawn(process.execPath, ['--conditions=@streambus/source', program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (kill && output.includes('\n')) child.kill('SIGKILL');
  });
  await once(child, 'close');
  if (!output.includes('\n')) throw new Error('the process has ended without figures');
  return { figures: JSON.parse(output) as RecoveryFigures, signal: child.signalCode };
}

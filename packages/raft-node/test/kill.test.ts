import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRaftNode } from '@streambus/raft-node';
import { createNodeDisk, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { describe, expect, it } from 'vitest';
import { createJournal } from './journal.ts';

const rounds = 4;
const program = new URL('./kill/proposing-process.ts', import.meta.url).pathname;

/** Lets a process propose until so many are acknowledged, then kills it at once; returns all lines that it wrote. */
async function runAndKill(folder: string, first: number, acknowledged: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--conditions=@streambus/source', program, folder, `${first}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > acknowledged) child.kill('SIGKILL');
  });
  await once(child, 'close');
  expect(child.signalCode).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

/** What a node finds that starts on this folder. */
async function journalIn(folder: string): Promise<readonly string[]> {
  const journal = createJournal();
  await using node = createRaftNode(
    { clusterId: 'kill', nodeId: 1, storage: { folder } },
    { disk: createNodeDisk(), clock: nodeClock, random: nodeRandom, stateMachine: journal },
  );
  await node.start();
  await node.readBarrier();
  return journal.entries;
}

describe('a process that is killed while it proposes', () => {
  it('has lost nothing that it acknowledged, and applied nothing twice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'raft-node-kill-'));
    try {
      const acknowledged: string[] = [];
      for (let round = 0; round < rounds; round++) {
        acknowledged.push(...(await runAndKill(folder, round * 100_000, 50 + 90 * round)));
        const entries = await journalIn(folder);
        expect(new Set(entries).size).toBe(entries.length);
        for (const line of acknowledged) {
          const [number, place] = line.split(' ');
          expect(entries[Number(place) - 1]).toBe(number);
        }
      }
      expect(acknowledged.length).toBeGreaterThan(700);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failOver } from './processes/failover.ts';
import { findFaults } from './processes/faults.ts';
import { measureFirstLeader } from './processes/first-leader.ts';
import { ProcessCluster } from './processes/process-cluster.ts';

const timeout = 90_000;
const clients = 2;
const rounds = 5;
/** What a busy machine may add: it gives a process its turn when it can. The commands of `bench` print the figures beside their aims. */
const busyMs = 1500;

describe('three processes with disks and sockets', { timeout }, () => {
  let cluster: ProcessCluster;

  beforeAll(async () => {
    cluster = await ProcessCluster.spawn();
  }, timeout);

  afterAll(() => cluster[Symbol.asyncDispose]());

  it('start from nothing and have a leader within half a second, who stays', async ({ annotate }) => {
    const { leaderMs, leadership } = await measureFirstLeader(cluster);
    await annotate(`${leaderMs.toFixed(0)} ms`);
    expect(leaderMs).toBeLessThan(500 + busyMs);
    await cluster.load(clients);
    await Promise.all(cluster.living.map((node) => node.ask('progress', 100)));
    expect(await cluster.leadership()).toEqual(leadership);
  });

  it(`answer soon after their leader was killed under load, ${rounds} times`, async ({ annotate }) => {
    for (let round = 0; round < rounds; round++) {
      const { lost, next, durationMs, timeline } = await failOver(cluster, 'kill', clients);
      await annotate(`node ${lost} killed, an answer by node ${next} after ${durationMs.toFixed(0)} ms`);
      expect(durationMs, timeline.join('\n')).toBeLessThan(500 + busyMs);
    }
  });

  it('answer within two election time-outs after their leader was frozen under load', async ({ annotate }) => {
    const { durationMs, timeline } = await failOver(cluster, 'freeze', clients);
    await annotate(`${durationMs.toFixed(0)} ms`);
    expect(durationMs, timeline.join('\n')).toBeLessThan(2000 + busyMs);
  });

  it('have lost nothing that was acknowledged by then, and applied nothing twice or in another order', async () => {
    expect(await findFaults(cluster)).toEqual([]);
  });
});

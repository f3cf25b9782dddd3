import type { Remote } from '@streambus-testing/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MetadataCluster, startMetadataCluster } from '../src/index.ts';
import type { ReplicationFunctions } from './replication/replication-node.ts';
import type { Sample } from './replication/samples.ts';
import { type StepName, stepNames } from './replication/steps.ts';

/*
 * The prototype's integration test by its own names: there it failed after four or five operations, with changes of leader. Here each step is
 * as many operations as `STREAMBUS_OPERATIONS` says, all proposed at once, a third of them on each node.
 */
const count = Number(process.env['STREAMBUS_OPERATIONS'] ?? 1000);
const program = new URL('./replication/replication-node.ts', import.meta.url);

/** Far beyond what any of it takes, also on a busy machine. */
const timeoutMs = 60_000 + count * 20;
const timeout = { timeout: timeoutMs };

let cluster: MetadataCluster<ReplicationFunctions>;
let version = 0;
let term = 0;
const rates: string[] = [];

beforeAll(async () => {
  cluster = await startMetadataCluster(program, { name: 'replication', size: 3, maxInflightCommands: 1024, timeoutMs });
  for (const status of await statuses()) term = Math.max(term, status.term);
}, timeoutMs);

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  console.log(`${count} of each, from three nodes at once: ${rates.join(', ')}`);
});

describe('metadata on three processes', () => {
  it('register_brokers', timeout, async () => {
    await step('register_brokers');
    version++;
    expect(await anyNode().call('unfence')).toBe(version);
  });

  it.each(stepNames.slice(1))('%s', timeout, (name) => step(name));

  it('verify_consistency', timeout, async () => {
    const contents = await Promise.all(cluster.nodes.map((node) => node.call('verify', count)));
    const [first] = contents;
    const expected = { version, hash: first?.hash, brokers: count, topics: count, problems: [] };
    expect(contents).toEqual([expected, expected, expected]);
  });
});

/** Proposes everything, and looks for some of the answers on every node meanwhile. */
async function step(name: StepName): Promise<void> {
  const { nodes } = cluster;
  const startedMs = performance.now();
  const proposed = nodes.map((node, first) => {
    return node.call('propose', { step: name, first, stride: nodes.length, count });
  });
  const seen = nodes.map((node) => lookForSamples(node));
  const outcomes = await Promise.all(proposed);
  rates.push(`${name} ${Math.round(count / ((performance.now() - startedMs) / 1000))}/s`);
  expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
  // Every command that is applied makes one version, so nothing was lost or applied twice if these are all there are.
  const versions = outcomes.flatMap((outcome) => outcome.versions).sort((one, other) => one - other);
  expect(versions).toEqual(Array.from({ length: count }, (_, index) => version + index + 1));
  version += count;
  expect((await Promise.all(seen)).reduce((sum, looks) => sum + looks)).toBeGreaterThanOrEqual(Math.min(count, 30));
  await expectSameLeader();
}

/** @returns how many there were */
async function lookForSamples(node: Remote<ReplicationFunctions>): Promise<number> {
  let looks = 0;
  for (let sample = await node.call('nextSample'); sample !== undefined; sample = await node.call('nextSample')) {
    await expectVisible(sample);
    looks++;
  }
  return looks;
}

async function expectVisible(sample: Sample): Promise<void> {
  const { step: name, number, answered } = sample;
  const looks = await Promise.all(cluster.nodes.map((node) => node.call('look', { step: name, number })));
  for (const look of looks) {
    expect(look.version).toBeGreaterThanOrEqual(sample.version);
    expect(look.shown).toEqual(answered);
  }
}

async function expectSameLeader(): Promise<void> {
  for (const status of await statuses()) expect(status).toMatchObject({ term, changes: [] });
}

function statuses() {
  return Promise.all(cluster.nodes.map((node) => node.call('status')));
}

function anyNode(): Remote<ReplicationFunctions> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('the cluster has no node');
  return node;
}

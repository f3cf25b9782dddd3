import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kafkajsClient } from '../src/broker/kafkajs-client.ts';
import { compileLibrdkafka } from '../src/broker/librdkafka.ts';
import { flushPolicies, quickPlan, usualPlan } from '../src/broker/plan.ts';
import { type ClientFigures, measureClients } from '../src/broker/real-clients.ts';
import { type BrokerReport, printClients, printFetch, printProduce, printStarts } from '../src/broker/report.ts';
import { measureIdleMemory, measureStarts } from '../src/broker/start-up.ts';
import { compareFetch, compareProduce } from '../src/broker/throughput.ts';

/**
 * Measures the built broker as a process, beside references in the same run, and prints tables and where the JSON is.
 * What is said of the broker is the ratio: this machine's own figures are another's tomorrow.
 */
const parts = ['start', 'produce', 'fetch', 'clients'];
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, only: { type: 'string' } },
});
const wanted = values.only?.split(',') ?? parts;
const unknown = wanted.find((part) => !parts.includes(part));
if (unknown !== undefined) throw new Error(`--only=${unknown}; allowed are ${parts.join(', ')}, with commas between`);
const plan = values.quick ? quickPlan : usualPlan;
const report: BrokerReport = {
  node: process.version,
  cores: availableParallelism(),
  loadAverage: loadavg(),
  startedAt: new Date().toISOString(),
  quick: values.quick,
  skipped: [],
};
console.log(
  `node ${report.node}, ${report.cores} cores, load ${report.loadAverage.map((load) => load.toFixed(1)).join(' ')}`,
);

if (wanted.includes('start')) {
  report.starts = await measureStarts(plan.starts);
  report.idleResidentBytes = await measureIdleMemory(plan.idleMs);
  printStarts(report);
}
if (wanted.includes('produce')) {
  report.produce = (await eachPolicy((policy) => compareProduce(policy, plan))).flat();
  printProduce(report.produce);
}
if (wanted.includes('fetch')) {
  report.fetch = await compareFetch(plan);
  printFetch(report.fetch);
}
if (wanted.includes('clients')) {
  report.clients = await benchClients();
  printClients(report.clients);
}

const file = values.json ?? join(tmpdir(), `streambus-bench-broker-${Date.now()}.json`);
await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
for (const reason of report.skipped) console.log(`\nSKIPPED: ${reason}`);
console.log(`\n${file}`);

async function benchClients(): Promise<ClientFigures[]> {
  const librdkafka = await compileLibrdkafka();
  const clients = [kafkajsClient];
  if (typeof librdkafka === 'string') report.skipped.push(`librdkafka: ${librdkafka}`);
  else clients.unshift(librdkafka);
  try {
    return (await eachPolicy((policy) => measureClients(policy, clients, plan))).flat();
  } finally {
    if (typeof librdkafka !== 'string') await librdkafka[Symbol.asyncDispose]();
  }
}

async function eachPolicy<Result>(
  measure: (policy: (typeof flushPolicies)[number]) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const policy of flushPolicies) results.push(await measure(policy));
  return results;
}

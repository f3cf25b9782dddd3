import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from '../src/transport/aims.ts';
import { compare } from '../src/transport/compare.ts';
import { compareHeartbeats, compareStalledPeer } from '../src/transport/heartbeats.ts';
import { measureMetricsCost } from '../src/transport/metrics-cost.ts';
import { loads, quickPlan, usualPlan } from '../src/transport/plan.ts';
import {
  printAims,
  printComparison,
  printHeartbeats,
  printMetricsCosts,
  type TransportReport,
} from '../src/transport/report.ts';

/**
 * Measures the transport between processes, beside bare sockets and gRPC-js in the same run, and prints tables, which aims were met, and
 * where the JSON is. `--quick` is a look, no result. `--only` takes some of the parts. A folder in `STREAMBUS_BENCH_PROFILES` gets a
 * profile of each process.
 */
const parts = ['round-trips', 'bulk', 'small', 'heartbeats', 'stalled', 'metrics'] as const;
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, only: { type: 'string' } },
});
const wanted = values.only?.split(',') ?? parts;
const unknown = wanted.find((part) => !parts.some((known) => known === part));
if (unknown !== undefined) throw new Error(`--only=${unknown}; allowed are ${parts.join(', ')}, with commas between`);
const isWanted = (part: (typeof parts)[number]): boolean => wanted.includes(part);
const plan = values.quick ? quickPlan : usualPlan;
const startedMs = performance.now();
const report: TransportReport = {
  node: process.version,
  cores: availableParallelism(),
  loadAverage: loadavg(),
  startedAt: new Date().toISOString(),
  quick: values.quick,
  comparisons: [],
  heartbeats: [],
  metricsCosts: [],
  aims: [],
};
console.log(
  `node ${report.node}, ${report.cores} cores, load ${report.loadAverage.map((load) => load.toFixed(1)).join(' ')}`,
);

for (const [part, load] of [
  ['round-trips', loads.roundTrips],
  ['bulk', loads.bulk],
  ['small', loads.small],
] as const) {
  if (!isWanted(part)) continue;
  const comparison = await compare(load, plan);
  report.comparisons.push(comparison);
  printComparison(comparison);
}
if (isWanted('heartbeats')) {
  for (const isSecured of [false, true]) report.heartbeats.push(await compareHeartbeats(isSecured, plan));
}
if (isWanted('stalled')) report.stalledPeer = await compareStalledPeer(plan);
if (isWanted('heartbeats') || isWanted('stalled')) printHeartbeats(report.heartbeats, report.stalledPeer);
if (isWanted('metrics')) {
  for (const load of [loads.small, loads.bulk]) report.metricsCosts.push(await measureMetricsCost(load, plan));
  printMetricsCosts(report.metricsCosts);
}

report.aims = judge(report);
printAims(report.aims);
const file = values.json ?? join(tmpdir(), `streambus-bench-transport-${Date.now()}.json`);
await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(`\n${((performance.now() - startedMs) / 1000).toFixed(0)} s; ${file}`);

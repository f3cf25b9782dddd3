import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from '../src/metadata/aims.ts';
import { compare } from '../src/metadata/compare.ts';
import type { Contender } from '../src/metadata/contender.ts';
import { hasEtcd, startEtcd } from '../src/metadata/etcd-contender.ts';
import { depths, quickPlan, usualPlan } from '../src/metadata/plan.ts';
import { type MetadataReport, printAims, printCells } from '../src/metadata/report.ts';
import { startStreamBus } from '../src/metadata/streambus-contender.ts';
import { updateBytes } from '../src/metadata/updates.ts';

/**
 * Measures a metadata cluster of three processes, beside three members of etcd on the same disk in the same run, and prints tables, which
 * aims were met, and where the JSON is. `--quick` is a look, no result. `--ours` leaves etcd out. A folder in `STREAMBUS_BENCH_PROFILES`
 * gets a profile of each of our processes.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    ours: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const plan = values.quick ? quickPlan : usualPlan;
const places = Math.max(...depths);
const startedMs = performance.now();
const startedAt = new Date().toISOString();
const loadAverage = loadavg();
console.log(
  `node ${process.version}, ${availableParallelism()} cores, load ${loadAverage.map((load) => load.toFixed(1)).join(' ')}`,
);
console.log(
  [
    `StreamBus: an update of a partition's ISR, ${updateBytes} bytes in the log, from the store of a node to its answer. The load is in that node's process.`,
    `etcd: a put of ${updateBytes} bytes to a member, to its answer. The load is in a process of its own and goes over gRPC (grpc-js), as etcd's has to.`,
    'Both: three members on this machine and its disk, each operation synced by a majority before it is answered, the two ways in and clusters in turns.',
  ].join('\n'),
);

const withEtcd = !values.ours && hasEtcd();
if (values.ours) console.log('etcd: left out, as asked');
else if (!withEtcd)
  console.log(
    'etcd: SKIPPED, it is not on this machine (Debian, Ubuntu: apt-get install etcd-server). No aim is judged.',
  );

await using stack = new AsyncDisposableStack();
const contenders: Contender[] = [stack.use(await startStreamBus(places))];
if (withEtcd) contenders.push(stack.use(await startEtcd(places, updateBytes)));
const cells = await compare(contenders, plan);
const report: MetadataReport = {
  node: process.version,
  cores: availableParallelism(),
  loadAverage,
  startedAt,
  quick: values.quick,
  operationBytes: updateBytes,
  startMs: Object.fromEntries(contenders.map(({ name, startMs }) => [name, startMs])),
  cells,
  aims: judge(cells),
};
printCells(report.cells);
if (report.aims.length > 0) printAims(report.aims);
const file = values.json ?? join(tmpdir(), `streambus-bench-metadata-${Date.now()}.json`);
await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(`\n${((performance.now() - startedMs) / 1000).toFixed(0)} s; ${file}`);

/** `pnpm bench NAME [options]`: runs one benchmark. */
const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  broker: () => import('./broker/bench.ts'),
  codec: () => import('./codec/bench.ts'),
  metadata: () => import('./metadata/bench.ts'),
  raft: () => import('./raft/bench.ts'),
  transport: () => import('./transport/bench.ts'),
};

const [name = ''] = process.argv.splice(2, 1);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(`there is no benchmark ${JSON.stringify(name)}; there are: ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}
await benchmark();

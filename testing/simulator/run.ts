import { runSeed } from './src/run/run-seed.ts';

const seed = Number(process.argv[3] ?? 1);
const trace = process.argv.includes('--trace');
const begin = performance.now();
const report = await runSeed(seed, trace ? { print: (line) => console.log(line) } : {});
console.log(JSON.stringify({ ...report, configuration: undefined, ms: performance.now() - begin }, null, 1));

// pnpm verify: everything about the repository that is not behaviour. It only reads; `pnpm fix` writes.
import { type CommandResult, tool } from './verify/command.ts';
import { checkGenerated } from './verify/generated.ts';
import { checkPublishable } from './verify/publishable.ts';

interface Check {
  readonly name: string;
  run(): Promise<CommandResult>;
}

const checks: readonly Check[] = [
  { name: 'format and lint', run: () => tool('biome', 'check', '--error-on-warnings') },
  { name: 'types', run: () => tool('tsc', '-b') },
  {
    name: 'layers, ban list, sizes, manifests',
    run: () => tool('vitest', 'run', '--project', '@streambus-testing/house'),
  },
  { name: 'unused code and dependencies', run: () => tool('knip', '--no-progress', '--no-config-hints') },
  { name: 'generated files', run: checkGenerated },
  { name: 'publishable packages', run: checkPublishable },
];

const wanted = process.argv.slice(2);
const chosen = checks.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
const failures: string[] = [];
for (const { name, run } of chosen) {
  const start = performance.now();
  const { ok, output } = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (!ok) {
    failures.push(name);
    console.log(output);
  }
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
}
if (chosen.length === 0) {
  console.log(`no check is called ${wanted.join(' or ')}; there are: ${checks.map(({ name }) => name).join('; ')}`);
}
if (failures.length > 0) {
  console.log(`\nnot in order: ${failures.join('; ')}. pnpm fix repairs format, imports and generated files.`);
}
console.log(`${chosen.length - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || chosen.length === 0 ? 1 : 0;

/**
 * `pnpm fuzz --frames N --seed S`: treats a broker badly. `pnpm fuzz transport --bytes N --seed S`: treats a transport badly. Prints what
 * that did, and ends with 1 if it should not have.
 */
const args = process.argv.slice(2);
// pnpm hands on the `--` in front of what is meant for the script.
if (args[0] === '--') args.shift();
// So that what is treated badly ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const { run } = args[0] === 'transport' ? await import('./src/transport/command.ts') : await import('./src/command.ts');
process.exit(await run(args[0] === 'transport' ? args.slice(1) : args));

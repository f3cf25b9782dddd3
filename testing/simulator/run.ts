/** `pnpm sim --seed N --trace`, `pnpm sim --seeds N`: runs whole clusters from seeds. Ends with 1 if something did not hold. */
import { run } from './src/cli/command.ts';

const args = process.argv.slice(2);
// pnpm hands on the `--` in front of what is meant for the script.
if (args[0] === '--') args.shift();
process.exit(await run(args));

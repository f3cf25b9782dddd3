/** `pnpm chaos --minutes N --nemesis KIND --seed S`: breaks a cluster of real processes. Ends with 1 if it has not kept its promises. */
import { command } from './src/cli/command.ts';

const args = process.argv.slice(2);
// pnpm hands on the `--` in front of what is meant for the script.
if (args[0] === '--') args.shift();
process.exit(await command(args));

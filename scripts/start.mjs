// npm start -- ARGS: installs, builds, and runs `streambus dev ARGS` on the pinned Node.
import { join } from 'node:path';
import { exitLike, pinnedNode, prepare, repositoryRoot, run } from './toolchain.mjs';

await prepare();
const command = join(repositoryRoot, 'apps', 'broker', 'bin', 'streambus.js');
exitLike(await run(pinnedNode, [command, 'dev', ...process.argv.slice(2)], { cwd: process.cwd() }));

// npm start -- ARGS: installs, builds, and runs `streambus dev ARGS` on the pinned Node.
import { join } from 'node:path';
import { exitLike, pinnedNode, prepare, repositoryRoot, run } from './toolchain.mjs';

const command = join(repositoryRoot, 'apps', 'broker', 'bin', 'streambus.js');
const notReady = await prepare();
exitLike(notReady ?? (await run(pinnedNode, [command, 'dev', ...process.argv.slice(2)])));

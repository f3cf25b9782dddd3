// node scripts/prepare.mjs: installs what is missing and builds what has changed, and no more.
import { exitLike, prepare } from './toolchain.mjs';

const notReady = await prepare();
if (notReady !== undefined) exitLike(notReady);

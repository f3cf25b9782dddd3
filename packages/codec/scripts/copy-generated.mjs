import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** tsc leaves JavaScript and its typings where they are; the published package needs them beside what it compiled. */
const folderOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
cpSync(folderOf('src/generated'), folderOf('dist/generated'), { recursive: true });

import { relative, resolve } from 'node:path';
import { dataFilesBelow, runDataFile } from './run-file.ts';

/** Executes every data file below the folder given, prints a row per file, and fails if one of them differs. */
function main(folder: string | undefined): number {
  if (folder === undefined) {
    process.stderr.write('usage: conformance FOLDER\n');
    return 2;
  }
  // pnpm runs a package's script in that package; the folder was given where pnpm was called.
  const root = resolve(process.env['INIT_CWD'] ?? process.cwd(), folder);
  const files = dataFilesBelow(root);
  let failed = 0;
  for (const file of files) {
    const { blocks, difference } = runDataFile(file);
    const name = relative(root, file) || file;
    process.stdout.write(`${difference === undefined ? 'pass' : 'FAIL'}  ${name}  ${blocks} blocks\n`);
    if (difference === undefined) continue;
    failed += 1;
    process.stdout.write(`line ${difference.line}: ${difference.command}\n--- expected\n${difference.expected}\n`);
    process.stdout.write(`--- actual\n${difference.actual}\n\n`);
  }
  process.stdout.write(`${files.length} files, ${files.length - failed} pass, ${failed} fail\n`);
  return failed === 0 && files.length > 0 ? 0 : 1;
}

process.exitCode = main(process.argv[2]);

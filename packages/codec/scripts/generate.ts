import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Generates the message classes from the schemas. With `--check` it writes nothing and fails when what is in the tree
 * is not what would be generated.
 */
const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const generatedFolder = join(packageFolder, 'src', 'generated');
const schemas = ['raft.proto', 'metadata.proto'].map((name) => join(packageFolder, 'proto', name));
const pbjs = join(dirname(createRequire(import.meta.url).resolve('protobufjs-cli/package.json')), 'bin', 'pbjs');
const options = [
  ...['--target', 'static-module', '--wrap', 'esm', '--dts', '--dependency', 'protobufjs/minimal.js'],
  // A registry of protobufjs that the whole process shares: the name keeps out of others' way.
  ...['--root', '@streambus/codec', '--force-number', '--no-create', '--no-verify', '--no-convert'],
  ...['--no-delimited', '--no-typeurl', '--no-service'],
];

function generate(): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'streambus-codec-'));
  try {
    const out = join(folder, 'wire.js');
    execFileSync(process.execPath, [pbjs, ...options, '--out', out, ...schemas], { stdio: 'inherit' });
    return new Map([
      ['wire.js', withPlainFields(withNumberDefaults(withoutComments(readFileSync(out, 'utf8'))))],
      // With --force-number no field is a Long, and the package of that name is not installed.
      ['wire.d.ts', readFileSync(join(folder, 'wire.d.ts'), 'utf8').replace('import Long = require("long");\n', '')],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The typings carry the same comments; in the code they are most of what a broker would load at its start. */
function withoutComments(code: string): string {
  return code.replace(/^ *\/\*\*[\s\S]*?\*\/\n+/gm, '').replace(/\n{3,}/g, '\n\n');
}

/** An absent 64-bit field is the number 0, as a present one is a number, whatever `util.Long` is in this process. */
function withNumberDefaults(code: string): string {
  return code.replaceAll('$util.Long ? $util.Long.fromBits(0,0,true) : 0', '0');
}

/**
 * Which field of a oneof was read last is noted in a field like others. protobufjs has accessors for it that delete every other field of
 * the oneof each time, which takes longer than to read the rest of a command. What is written are objects without prototypes of their own.
 */
function withPlainFields(code: string): string {
  return code
    .replace(
      /^ *\$Object\.defineProperty\(\w+\.prototype, "\w+", \{\n.*oneOfGetter.*\n.*oneOfSetter.*\n *\}\);\n+/gm,
      '',
    )
    .replace(/^ *\/\/ .*OneOf.*\n/gm, '')
    .replace(/^ *let \$oneOfFields;\n+/gm, '')
    .replace(/^ *message\._\w+ = "\w+";\n/gm, '')
    .replace(/ && \$Object\.hasOwnProperty\.call\(message, "\w+"\)/g, '');
}

const isCheck = process.argv.includes('--check');
for (const [name, content] of generate()) {
  const file = join(generatedFolder, name);
  if (!isCheck) writeFileSync(file, content);
  else if (readFileSync(file, 'utf8') !== content) {
    console.error(`${file} is not what the schemas give: run \`pnpm --filter @streambus/codec generate\``);
    process.exitCode = 1;
  }
}

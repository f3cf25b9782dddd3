/** One argument of a command: `key`, `key=value` or `key=(value,value)`. */
export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
}

/** One recorded step: a command with its arguments and input, and what it printed. */
export interface Block {
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: readonly string[];
  readonly expected: readonly string[];
}

/** Reads a data file: blocks of a command line, input lines, `----`, output, an empty line. */
export function parseDataFile(text: string): readonly Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const head = (lines[at] ?? '').trim();
    if (head === '' || head.startsWith('#')) {
      at += 1;
      continue;
    }
    const separator = lines.indexOf('----', at);
    if (separator < 0) throw new Error(`line ${at + 1}: no "----" after the command`);
    const { expected, next } = readOutput(lines, separator + 1);
    blocks.push({ line: at + 1, ...parseCommand(head), input: lines.slice(at + 1, separator), expected });
    at = next;
  }
  return blocks;
}

function readOutput(lines: readonly string[], start: number): { expected: readonly string[]; next: number } {
  if (lines[start] === '----') {
    let end = start + 1;
    while (end < lines.length && !(lines[end] === '----' && lines[end + 1] === '----')) end += 1;
    return { expected: lines.slice(start + 1, end), next: end + 2 };
  }
  let end = start;
  while (end < lines.length && lines[end] !== '') end += 1;
  return { expected: lines.slice(start, end), next: end };
}

function parseCommand(line: string): { command: string; args: readonly Argument[] } {
  // Parentheses may hold spaces: `cfg=(1, 2)`.
  const words = line.match(/[^\s=]+=\([^)]*\)|\S+/g) ?? [];
  return { command: words[0] ?? '', args: words.slice(1).map(parseArgument) };
}

function parseArgument(word: string): Argument {
  const equals = word.indexOf('=');
  if (equals < 0) return { key: word, values: [] };
  const value = word.slice(equals + 1);
  const list = value.startsWith('(') ? value.slice(1, -1).split(',') : [value];
  return { key: word.slice(0, equals), values: list.map((part) => part.trim()).filter((part) => part !== '') };
}

/** The arguments without a value, as numbers: the nodes that a command is about. */
export function nodeNumbers(args: readonly Argument[]): readonly number[] {
  return args.filter(({ values, key }) => values.length === 0 && /^\d+$/.test(key)).map(({ key }) => Number(key));
}

/** The values of an argument, or undefined where it is not given. */
export function argumentsOf(args: readonly Argument[], key: string): readonly string[] | undefined {
  return args.find((argument) => argument.key === key)?.values;
}

/** The one value of an argument. */
export function argumentOf(args: readonly Argument[], key: string): string | undefined {
  return argumentsOf(args, key)?.[0];
}

/** Whether `key=true` is given. */
export function flagOf(args: readonly Argument[], key: string): boolean {
  return argumentOf(args, key) === 'true';
}

const logLine = /^\s*(DEBUG|INFO|WARN|ERROR)\b/;

/** What is left of an output without the recorded program's log; `ok` where that is nothing. */
export function withoutLog(lines: readonly string[]): string {
  const left = lines.filter((line) => !logLine.test(line)).map((line) => line.trimEnd());
  while (left.at(-1) === '') left.pop();
  return left.length === 0 ? 'ok' : left.join('\n');
}

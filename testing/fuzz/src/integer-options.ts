import { parseArgs } from 'node:util';

/**
 * Reads options that are integers of at least 0, and ends the process where one is not.
 *
 * @param defaults - by name
 */
export function integerOptions<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const entries = Object.entries<number>(defaults);
  const options = Object.fromEntries(entries.map(([name, value]) => [name, { type: 'string', default: `${value}` }]));
  const { values } = parseArgs({
    args: [...args],
    options: options as Record<string, { type: 'string'; default: string }>,
  });
  const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    console.error(`--${name} is ${value}; it must be an integer of at least 0`);
    process.exit(2);
  }
  return numbers as Record<Name, number>;
}

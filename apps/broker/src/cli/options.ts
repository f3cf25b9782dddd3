import { InvalidArgumentError } from 'commander';

/** Reads an option that is a count. */
export function countOption(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Allowed: an integer from ${min} to ${max}.`);
  };
}

/** Gathers an option that may be repeated, each `KEY=VALUE`. */
export function pairsOption(
  text: string,
  earlier: readonly (readonly [string, string])[] = [],
): (readonly [string, string])[] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new InvalidArgumentError('Allowed: KEY=VALUE.');
  return [...earlier, [text.slice(0, equals), text.slice(equals + 1)]];
}

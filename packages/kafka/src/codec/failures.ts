import { KafkaError } from '../kafka-error.ts';

/** The longest string of the protocol, in bytes; its oldest length prefix is an int16. */
export const maxStringBytes = 32_767;

/** The bytes end inside of `what`. */
export function truncated(what: string, needed: number, left: number): never {
  throw new KafkaError('KAFKA_TRUNCATED', `${what} needs ${needed} bytes; ${left} are left`);
}

/** A length or count that the protocol does not allow. */
export function malformed(what: string, value: number, allowed: string): never {
  throw new KafkaError('KAFKA_MALFORMED', `${what} is ${value}; ${allowed}`);
}

/** An int64 that a number does not hold. */
export function tooLargeNumber(what: string, value: number): never {
  throw new KafkaError('KAFKA_NUMBER_TOO_LARGE', `${what} is about ${value}; it must lie within ±(2^53-1)`);
}

/** More list elements than the caller allows one message. */
export function tooManyElements(what: string, maxElements: number): never {
  throw new KafkaError('KAFKA_TOO_MANY_ELEMENTS', `${what} takes the message over ${maxElements} list elements in all`);
}

/** A value that its field cannot carry. */
export function invalidValue(what: string, value: unknown, allowed: string): never {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value);
  throw new KafkaError('KAFKA_INVALID_VALUE', `${what} is ${shown}; it must be ${allowed}`);
}

/** Bytes behind the end of a message. */
export function trailingBytes(what: string, left: number): never {
  throw new KafkaError('KAFKA_TRAILING_BYTES', `${left} bytes follow the end of ${what}; there must be none`);
}

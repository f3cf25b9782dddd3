import { type ErrorName, errorByCode, errorCodes } from '@streambus/kafka';

export type { ErrorName };

/** The number of an error on the wire. */
export function errorCode(name: ErrorName): number {
  return errorCodes[name];
}

/** The name of a number on the wire. */
export function errorName(code: number): ErrorName {
  return errorByCode(code)?.name ?? 'UNKNOWN_SERVER_ERROR';
}

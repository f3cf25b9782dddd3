import type { DiskErrorCode } from '../disk.ts';
import { toError } from '../errors.ts';
import { NetworkError, type NetworkErrorCode } from '../network.ts';

const diskCodes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'DISK_NOT_FOUND',
  ENOTDIR: 'DISK_NOT_FOUND',
  EEXIST: 'DISK_EXISTS',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EMFILE: 'DISK_TOO_MANY_FILES',
  ENFILE: 'DISK_TOO_MANY_FILES',
  EACCES: 'DISK_DENIED',
  EPERM: 'DISK_DENIED',
  EROFS: 'DISK_DENIED',
  EBADF: 'DISK_CLOSED',
};

const networkCodes: Readonly<Record<string, NetworkErrorCode>> = {
  EADDRINUSE: 'NETWORK_ADDRESS_IN_USE',
  EADDRNOTAVAIL: 'NETWORK_ADDRESS_UNAVAILABLE',
  ENOTFOUND: 'NETWORK_ADDRESS_UNAVAILABLE',
  EAI_AGAIN: 'NETWORK_ADDRESS_UNAVAILABLE',
  EACCES: 'NETWORK_DENIED',
  EPERM: 'NETWORK_DENIED',
  ECONNREFUSED: 'NETWORK_REFUSED',
  ECONNRESET: 'NETWORK_RESET',
  EPIPE: 'NETWORK_RESET',
  ETIMEDOUT: 'NETWORK_TIMEOUT',
};

/** The system's name of an error, such as ENOSPC; empty when it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function diskErrorCode(error: unknown): DiskErrorCode {
  return diskCodes[systemCode(error)] ?? 'DISK_IO';
}

export function networkErrorCode(error: unknown): NetworkErrorCode {
  return networkCodes[systemCode(error)] ?? 'NETWORK_IO';
}

/** What ended an operation on a socket. */
export function networkError(what: string, thrown: unknown): NetworkError {
  const cause = toError(thrown);
  return new NetworkError(networkErrorCode(cause), `${what}: ${reasonOf(cause)}`, {
    cause,
    outcome: 'unknown',
    retriable: true,
  });
}

/** Whether it is about what the peer sent, not about the socket. */
export function isOfOpenSsl(error: Error): error is Error & { readonly reason: string } {
  return 'reason' in error && typeof error.reason === 'string';
}

/** What OpenSSL has to say, without its numbers and file names; the message of any other error. */
export function reasonOf(error: Error): string {
  return isOfOpenSsl(error) ? error.reason : error.message;
}

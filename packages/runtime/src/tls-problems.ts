import type { TlsRole } from './tls.ts';

/** What may be wrong with a peer's certificate, in the words that are logged on both sides. */
export const tlsProblems = {
  none: 'no certificate was presented',
  foreign: 'the certificate was issued by no trusted authority',
  expired: (validUntilMs: number): string => `the certificate expired at ${isoTime(validUntilMs)}`,
  early: (validFromMs: number): string => `the certificate is not valid before ${isoTime(validFromMs)}`,
  expiredIssuer: 'the certificate of one of its authorities has expired',
  otherRole: (role: TlsRole): string => `the certificate may not be used by a ${role}`,
  other: (code: string): string => `the certificate was not accepted: ${code}`,
} as const;

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Carries one step of a SASL exchange. */
export const saslAuthenticate = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: '0-2',
  flexible: '2+',
  request: {
    authBytes: { type: 'bytes', versions: '0+' },
  },
  response: {
    errorCode: { type: 'int16', versions: '0+' },
    errorMessage: { type: 'string', versions: '0+', nullable: '0+' },
    authBytes: { type: 'bytes', versions: '0+' },
    sessionLifetimeMs: { type: 'int64', versions: '1+', default: 0 },
  },
} as const;

/** A SaslAuthenticate request, as read: every field is there. */
export interface SaslAuthenticateRequest extends RequestOf<typeof saslAuthenticate> {}
/** A SaslAuthenticate request, to be written. */
export interface SaslAuthenticateRequestInput extends RequestInputOf<typeof saslAuthenticate> {}
/** A SaslAuthenticate response, as read: every field is there. */
export interface SaslAuthenticateResponse extends ResponseOf<typeof saslAuthenticate> {}
/** A SaslAuthenticate response, to be written. */
export interface SaslAuthenticateResponseInput extends ResponseInputOf<typeof saslAuthenticate> {}

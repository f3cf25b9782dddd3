import type { RequestInputOf, RequestOf, ResponseInputOf, ResponseOf } from '../schema/infer.ts';

/** Chooses a SASL mechanism. */
export const saslHandshake = {
  key: 17,
  name: 'SaslHandshake',
  versions: '0-1',
  flexible: 'none',
  request: {
    mechanism: { type: 'string', versions: '0+' },
  },
  response: {
    errorCode: { type: 'int16', versions: '0+' },
    mechanisms: { type: 'array', versions: '0+', items: 'string' },
  },
} as const;

/** A SaslHandshake request, as read: every field is there. */
export interface SaslHandshakeRequest extends RequestOf<typeof saslHandshake> {}
/** A SaslHandshake request, to be written. */
export interface SaslHandshakeRequestInput extends RequestInputOf<typeof saslHandshake> {}
/** A SaslHandshake response, as read: every field is there. */
export interface SaslHandshakeResponse extends ResponseOf<typeof saslHandshake> {}
/** A SaslHandshake response, to be written. */
export interface SaslHandshakeResponseInput extends ResponseInputOf<typeof saslHandshake> {}

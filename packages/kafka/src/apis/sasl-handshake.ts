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

export interface SaslHandshakeRequest extends RequestOf<typeof saslHandshake> {}
export interface SaslHandshakeRequestInput extends RequestInputOf<typeof saslHandshake> {}
export interface SaslHandshakeResponse extends ResponseOf<typeof saslHandshake> {}
export interface SaslHandshakeResponseInput extends ResponseInputOf<typeof saslHandshake> {}

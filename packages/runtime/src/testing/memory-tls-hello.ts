import type { TlsRole } from '../tls.ts';
import { type CertificateChain, readCertificates } from '../tls-certificates.ts';

/** A longer one is no hello. */
const helloBytesMax = 65_536;
const lengthDigits = 5;

/** What one side of a memory handshake says to the other: its role and its certificates. */
export function encodeHello(role: TlsRole, certificate: string): Uint8Array {
  const text = Buffer.from(certificate);
  const length = String(text.length).padStart(lengthDigits, '0');
  return Buffer.concat([Buffer.from(`${prefixOf(role)}${length}`), text]);
}

/** Collects the peer's hello from the pieces in which it arrives. */
export class HelloReader {
  readonly #prefix: Buffer;
  #received: Buffer = Buffer.alloc(0);

  constructor(role: TlsRole) {
    this.#prefix = Buffer.from(prefixOf(role));
  }

  /** @returns the certificates and the bytes behind them, once all are there; `wrong` when this is no hello of that role */
  read(chunk: Uint8Array): { readonly chain: CertificateChain; readonly rest: Uint8Array } | 'incomplete' | 'wrong' {
    this.#received = Buffer.concat([this.#received, chunk]);
    const headBytes = this.#prefix.length + lengthDigits;
    const begun = Math.min(this.#received.length, this.#prefix.length);
    if (!this.#received.subarray(0, begun).equals(this.#prefix.subarray(0, begun))) return 'wrong';
    if (this.#received.length < headBytes) return 'incomplete';
    const length = Number(this.#received.toString('latin1', this.#prefix.length, headBytes));
    if (!Number.isInteger(length) || length > helloBytesMax) return 'wrong';
    const endsAt = headBytes + length;
    if (this.#received.length < endsAt) return 'incomplete';
    return this.#parse(this.#received.toString('utf8', headBytes, endsAt), this.#received.subarray(endsAt));
  }

  #parse(text: string, rest: Uint8Array): { readonly chain: CertificateChain; readonly rest: Uint8Array } | 'wrong' {
    try {
      return { chain: readCertificates(text, 'the peer'), rest };
    } catch {
      return 'wrong';
    }
  }
}

function prefixOf(role: TlsRole): string {
  return `memory TLS ${role} `;
}

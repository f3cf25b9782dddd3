import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CertificatePurpose, signCertificate } from './sign-certificate.ts';

/** What a certificate that is asked for shall say. */
export interface IssueOptions {
  /** Its subject alternative names: with `://` a URI, otherwise a DNS name. Default: none. */
  readonly names?: readonly string[];
  /** Default: the beginning of 2000. */
  readonly notBefore?: Date;
  /** Default: the beginning of 2100. */
  readonly notAfter?: Date;
  /** The extended key usage. Default: both. */
  readonly roles?: readonly ('client' | 'server')[];
}

/** What a node needs, in PEM form: it is a TlsCredentials of `@streambus/runtime`. */
export interface IssuedCertificate {
  /** The certificate, followed by those of the intermediate authorities. */
  readonly certificate: string;
  readonly privateKey: string;
  /** The certificate of the root authority. */
  readonly authorities: string;
}

/** One that signs certificates. */
export interface CertificateAuthority {
  /** Its own certificate, in PEM form. */
  readonly certificate: string;
  /** Makes a key and signs a certificate for it. */
  issue(options?: IssueOptions): IssuedCertificate;
  /** Makes an authority below this one. */
  createIntermediate(options: { readonly name: string }): CertificateAuthority;
}

/** Makes an authority that has signed itself. */
export function createCertificateAuthority({ name }: { readonly name: string }): CertificateAuthority {
  const keys = newKeys();
  const certificate = signCertificate({
    subject: name,
    publicKey: keys.publicKey,
    issuer: { name, privateKey: keys.privateKey, publicKey: keys.publicKey },
    purpose: { kind: 'authority' },
    validity: defaultValidity,
  });
  return new KeyedAuthority({ name, keys, certificate, chain: [], root: certificate });
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface AuthorityState {
  readonly name: string;
  readonly keys: Keys;
  readonly certificate: string;
  /** What leads from a certificate issued here to the root, without the root. */
  readonly chain: readonly string[];
  readonly root: string;
}

/** Wide enough for the clock of any test. */
const defaultValidity = { notBefore: new Date('2000-01-01T00:00:00Z'), notAfter: new Date('2100-01-01T00:00:00Z') };

class KeyedAuthority implements CertificateAuthority {
  readonly certificate: string;
  readonly #state: AuthorityState;

  constructor(state: AuthorityState) {
    this.certificate = state.certificate;
    this.#state = state;
  }

  issue({ names = [], roles = ['client', 'server'], ...validity }: IssueOptions = {}): IssuedCertificate {
    const keys = newKeys();
    const leaf = this.#sign(names[0] ?? 'nameless', keys, { kind: 'node', names, roles }, validity);
    return {
      certificate: [leaf, ...this.#state.chain].join(''),
      privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      authorities: this.#state.root,
    };
  }

  createIntermediate({ name }: { readonly name: string }): CertificateAuthority {
    const keys = newKeys();
    const certificate = this.#sign(name, keys, { kind: 'authority' }, {});
    return new KeyedAuthority({
      name,
      keys,
      certificate,
      chain: [certificate, ...this.#state.chain],
      root: this.#state.root,
    });
  }

  #sign(
    subject: string,
    keys: Keys,
    purpose: CertificatePurpose,
    validity: { readonly notBefore?: Date; readonly notAfter?: Date },
  ): string {
    return signCertificate({
      subject,
      publicKey: keys.publicKey,
      issuer: { name: this.#state.name, ...this.#state.keys },
      purpose,
      validity: { ...defaultValidity, ...validity },
    });
  }
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

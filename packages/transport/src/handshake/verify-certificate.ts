import type { TlsPeer } from '@streambus/runtime';
import type { NodeId } from '../options.ts';
import type { Refusal } from '../wire/hello.ts';

/** How a node's certificate names it, unless the options say otherwise. */
export function defaultCertificateName(id: NodeId): string {
  return `node-${id}`;
}

/**
 * Whether somebody that one trusts says that the peer is this node.
 *
 * @param id - who the peer says it is; undefined before it has said so, when only the certificate itself is judged
 * @param name - what that node's certificate has to carry
 * @returns why it is refused, if it is
 */
export function judgeCertificate(peer: TlsPeer, id?: NodeId, name?: string): Refusal | undefined {
  if (!peer.verified) return { reason: 'certificate', detail: peer.problem };
  if (name === undefined || peer.names.includes(name)) return undefined;
  return {
    reason: 'certificate-name',
    detail: `node ${id} needs a certificate with the name '${name}'; this one has: ${peer.names.join(', ') || 'none'}`,
  };
}

/** The other side sent what this protocol does not allow. It costs it its connection; it is never thrown at a user. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

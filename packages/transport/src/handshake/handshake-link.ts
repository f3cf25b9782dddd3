import type { Link } from '../connection/link.ts';
import {
  decodeHandshake,
  encodeHello,
  encodeRefusal,
  type Handshake,
  type Hello,
  handshakeFirstByte,
  type Refusal,
} from '../wire/hello.ts';
import { ProtocolViolation } from '../wire/protocol-violation.ts';

/** The connection ended before the handshake was complete. */
export class HandshakeLost extends Error {
  override readonly name = 'HandshakeLost';
}

/**
 * Waits for one handshake message. What comes after it stays with the link.
 *
 * @throws ProtocolViolation for what is none, as soon as that is seen; HandshakeLost when the connection ends
 */
export function readHandshake(link: Link): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    let received: Uint8Array = new Uint8Array(0);
    link.read({
      onData(chunk) {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        try {
          const decoded = decodeHandshake(received);
          if (decoded === undefined) return;
          link.hold(received.subarray(decoded.length));
          resolve(decoded.handshake);
        } catch (thrown) {
          link.hold(received.subarray(0, 0));
          reject(thrown);
        }
      },
      onGone: (error) => reject(lost(error)),
    });
  });
}

/**
 * Waits until the dialler has seen this side's hello: it sends a frame, or says why not.
 *
 * @returns its refusal, if that is what came; what else came stays with the link
 * @throws HandshakeLost, ProtocolViolation
 */
export async function untilAnswered(link: Link): Promise<Refusal | undefined> {
  const firstByte = await untilReadable(link);
  if (firstByte !== handshakeFirstByte) return undefined;
  const handshake = await readHandshake(link);
  if (handshake.type === 'refusal') return handshake.refusal;
  throw new ProtocolViolation('a second hello');
}

/** @returns the first byte of what has come, which stays with the link */
function untilReadable(link: Link): Promise<number> {
  return new Promise((resolve, reject) => {
    link.read({
      onData(chunk) {
        link.hold(chunk);
        resolve(chunk[0] as number);
      },
      onGone: (error) => reject(lost(error)),
    });
  });
}

export function writeHello(link: Link, hello: Hello): void {
  link.write([encodeHello(hello)]);
}

/** Tells the other side why there will be no connection. */
export function writeRefusal(link: Link, refusal: Refusal): void {
  link.write([encodeRefusal(refusal)]);
}

function lost(error: Error | undefined): HandshakeLost {
  return new HandshakeLost(error?.message ?? 'the peer closed the connection', { cause: error });
}

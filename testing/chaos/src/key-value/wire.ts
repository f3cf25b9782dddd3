import type { Socket } from 'node:net';
import type { SessionStamp } from '@streambus/raft-node';
import type { Output, Write } from './operation.ts';

/** What a client asks of a node: JSON, one line each. */
export type Request = { readonly id: number } & (
  | { readonly type: 'open' }
  | { readonly type: 'read'; readonly key: string }
  | { readonly type: 'write'; readonly write: Write; readonly session: SessionStamp | undefined }
);

/** How a request ended that has no answer: certainly without effect, or nobody knows. */
export interface Refusal {
  readonly outcome: 'rejected' | 'unknown';
  readonly code: string;
}

/** What the node says to it. A session that was opened is told by its number. */
export type Response = { readonly id: number } & ({ readonly answer: Output | number } | { readonly refusal: Refusal });

/** Calls back with each message that comes over a socket. */
export function onMessages<Message>(socket: Socket, onMessage: (message: Message) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onMessage(JSON.parse(line) as Message);
  });
}

export function sendMessage(socket: Socket, message: Request | Response): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

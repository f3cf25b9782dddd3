import { closeSync, fdatasync, ftruncateSync, openSync, read, writev } from 'node:fs';
import { createServer, type Socket } from 'node:net';

/**
 * The least that a durable server in Node can do: it finds where requests end, writes their bytes to one file and answers
 * each with as many bytes as the broker does. All that came during one turn leaves as one vectored write; with the policy
 * `acked` one fdatasync covers all that was written before it.
 *
 * Told to serve, it answers each request with the next bytes of the file instead.
 *
 * `bare-server.ts FILE acked|interval|os ANSWER_BYTES` or `bare-server.ts FILE serve HEAD_BYTES DATA_BYTES`
 */
const [file = '', mode = 'os', answerText = '0', dataText = '0'] = process.argv.slice(2);
const answerBytes = Number(answerText);
const dataBytes = Number(dataText);
const syncIntervalMs = 1000;
/** More than this in one call and the system refuses (IOV_MAX). */
const maxChunksPerWrite = 1024;
const descriptor = openSync(file, mode === 'serve' ? 'r' : 'w');
const answer = frameOf(answerBytes);

interface Owed {
  readonly socket: Socket;
  readonly requests: number;
}

let position = 0;
const waiting: Buffer[] = [];
let owed: Owed[] = [];
let isWriting = false;
let isSyncPlanned = false;
let connections = 0;

const server = createServer({ noDelay: true }, (socket) => {
  if (connections++ === 0 && mode !== 'serve') restart();
  const count = requestCounter();
  let servedFrom = 0;
  socket.on('error', () => socket.destroy());
  socket.on('close', () => connections--);
  socket.on('data', (chunk) => {
    const requests = count(chunk);
    if (mode === 'serve') {
      for (let request = 0; request < requests; request++) serve(socket, servedFrom, (next) => (servedFrom = next));
    } else take(socket, chunk, requests);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : address);
});
process.stdin.resume().on('end', () => {
  closeSync(descriptor);
  process.exit(0);
});

/** A new load begins with an empty file, as a new topic does. */
function restart(): void {
  ftruncateSync(descriptor, 0);
  position = 0;
}

function take(socket: Socket, chunk: Buffer, requests: number): void {
  waiting.push(chunk);
  if (requests > 0) owed.push({ socket, requests });
  if (isWriting) return;
  isWriting = true;
  setImmediate(writeAll);
}

function writeAll(): void {
  const chunks = waiting.splice(0, maxChunksPerWrite);
  // A request is answered when its last byte is safe; with more chunks than fit, that is after the next write.
  const answers = waiting.length === 0 ? owed : [];
  if (answers.length > 0) owed = [];
  writev(descriptor, chunks, position, (error, written) => {
    if (error !== null) throw error;
    const expected = chunks.reduce((sum, { length }) => sum + length, 0);
    if (written !== expected) throw new Error(`wrote ${written} of ${expected} bytes`);
    position += written;
    if (mode === 'acked') {
      fdatasync(descriptor, (failed) => {
        if (failed !== null) throw failed;
        finish(answers);
      });
      return;
    }
    if (mode === 'interval' && !isSyncPlanned) {
      isSyncPlanned = true;
      setTimeout(syncLater, syncIntervalMs);
    }
    finish(answers);
  });
}

function finish(answers: readonly Owed[]): void {
  for (const { socket, requests } of answers) {
    if (socket.writable)
      socket.write(requests === 1 ? answer : Buffer.concat(new Array<Buffer>(requests).fill(answer)));
  }
  if (waiting.length > 0) writeAll();
  else isWriting = false;
}

function syncLater(): void {
  fdatasync(descriptor, (error) => {
    if (error !== null) throw error;
    isSyncPlanned = false;
  });
}

function serve(socket: Socket, from: number, onNext: (next: number) => void): void {
  const bytes = Buffer.allocUnsafeSlow(dataBytes);
  read(descriptor, bytes, 0, dataBytes, from, (error, length) => {
    if (error !== null) throw error;
    onNext(length < dataBytes ? 0 : from + length);
    const head = frameOf(answerBytes);
    head.writeInt32BE(answerBytes - 4 + length, 0);
    socket.cork();
    socket.write(head);
    socket.write(bytes.subarray(0, length));
    socket.uncork();
  });
}

/** Counts the requests that end in each chunk of one connection. */
function requestCounter(): (chunk: Buffer) => number {
  let prefix = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    let ended = 0;
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const taken = Math.min(left, chunk.length - at);
        at += taken;
        left -= taken;
        if (left === 0) ended++;
      } else if (prefix.length + chunk.length - at < 4) {
        prefix = Buffer.concat([prefix, chunk.subarray(at)]);
        at = chunk.length;
      } else {
        const taken = 4 - prefix.length;
        left = (prefix.length === 0 ? chunk : Buffer.concat([prefix, chunk.subarray(at, at + taken)])).readInt32BE(
          prefix.length === 0 ? at : 0,
        );
        prefix = Buffer.alloc(0);
        at += taken;
      }
    }
    return ended;
  };
}

function frameOf(bytes: number): Buffer {
  const frame = Buffer.alloc(bytes);
  if (bytes >= 4) frame.writeInt32BE(bytes - 4, 0);
  return frame;
}

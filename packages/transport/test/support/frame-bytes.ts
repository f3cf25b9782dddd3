import { frameHeaderBytes, frameKind, writeCounter, writeHeader, writeUint32 } from '../../src/wire/frame.ts';
import { FrameReader, type FrameSink } from '../../src/wire/frame-reader.ts';

/** What a frame reader told its sink, in the order in which it did. */
export type FrameEvent =
  | { readonly type: 'message'; readonly channel: number; readonly bytes: Uint8Array }
  | { readonly type: 'ping' | 'pong' | 'acknowledge' | 'goodbye'; readonly value: number };

/** A sink that keeps what it is told. */
export class FrameRecorder implements FrameSink {
  readonly events: FrameEvent[] = [];
  /** Called with every event, after it was kept. */
  onEvent: (event: FrameEvent) => void = () => {};

  onMessage(channel: number, bytes: Uint8Array): void {
    this.#keep({ type: 'message', channel, bytes });
  }

  onPing(value: number): void {
    this.#keep({ type: 'ping', value });
  }

  onPong(value: number): void {
    this.#keep({ type: 'pong', value });
  }

  onAcknowledge(value: number): void {
    this.#keep({ type: 'acknowledge', value });
  }

  onGoodbye(value: number): void {
    this.#keep({ type: 'goodbye', value });
  }

  #keep(event: FrameEvent): void {
    this.events.push(event);
    this.onEvent(event);
  }
}

/** Any frame, right or wrong. */
export function frame(kind: number, channel: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + payload.length);
  writeHeader(bytes, 0, kind, channel, payload.length);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

/** The same events, their bytes in arrays of one type: a buffer of Node's is another one than an equal array to who compares. */
export function plain(events: readonly FrameEvent[]): readonly FrameEvent[] {
  return events.map((event) => ('bytes' in event ? { ...event, bytes: Uint8Array.from(event.bytes) } : event));
}

/** Only the header: of a frame whose payload is still to come. */
export function header(kind: number, channel: number, length: number): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes);
  writeHeader(bytes, 0, kind, channel, length);
  return bytes;
}

export function messageFrame(channel: number, bytes: Uint8Array): Uint8Array {
  return frame(frameKind.message, channel, bytes);
}

export function firstChunk(channel: number, messageBytes: number, chunk: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  writeUint32(length, 0, messageBytes);
  return frame(frameKind.firstChunk, channel, concat([length, chunk]));
}

export function nextChunk(channel: number, chunk: Uint8Array): Uint8Array {
  return frame(frameKind.nextChunk, channel, chunk);
}

export function counterFrame(kind: 'ping' | 'pong' | 'acknowledge', value: number): Uint8Array {
  const payload = new Uint8Array(8);
  writeCounter(payload, 0, value);
  return frame(frameKind[kind], 0, payload);
}

export function goodbye(reasonCode: number): Uint8Array {
  return frame(frameKind.goodbye, 0, Uint8Array.of(reasonCode));
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

/** Bytes that tell where they belong. */
export function bytesFrom(first: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (first + at) & 0xff);
}

/** What the frames say. */
export function readFrames(bytes: Uint8Array, channelCount = 64): readonly FrameEvent[] {
  const recorder = new FrameRecorder();
  new FrameReader(recorder, { channelCount, maxMessageBytes: 2 ** 30 }).read(bytes);
  return plain(recorder.events);
}

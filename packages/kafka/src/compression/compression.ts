import { KafkaError } from '../kafka-error.ts';
import type { CompressionType } from './compression-type.ts';
import { assertFits } from './limits.ts';
import { lz4DecompressedBytes } from './lz4-size.ts';
import { type SnappyBlocks, snappyCompress, snappyDecompress } from './snappy-framing.ts';

/** Compresses and decompresses the records of a batch. */
export interface CompressionCodec {
  readonly type: CompressionType;
  /** @throws KafkaError `KAFKA_COMPRESSION_FAILED` */
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * @param maxBytes - the most bytes that may come out; found before they are allocated where the format says it
   * @throws KafkaError `KAFKA_COMPRESSION_FAILED` or `KAFKA_BATCH_TOO_LARGE`
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}

/** The codecs of a process. Each is loaded when it is first asked for, so that a start does not pay for what nobody uses. */
export interface Compression {
  /**
   * Loads a codec, once.
   *
   * @throws KafkaError `KAFKA_COMPRESSION_FAILED` when it cannot be loaded on this machine
   */
  load(type: CompressionType): Promise<CompressionCodec>;
  /** The codec, if it has been loaded. */
  loaded(type: CompressionType): CompressionCodec | undefined;
}

/** Makes a set of codecs with none loaded yet. */
export function createCompression(): Compression {
  return new LazyCompression();
}

class LazyCompression implements Compression {
  readonly #loading = new Map<CompressionType, Promise<CompressionCodec>>();
  readonly #loaded = new Map<CompressionType, CompressionCodec>();

  loaded(type: CompressionType): CompressionCodec | undefined {
    return this.#loaded.get(type);
  }

  load(type: CompressionType): Promise<CompressionCodec> {
    const started = this.#loading.get(type) ?? this.#start(type);
    this.#loading.set(type, started);
    return started;
  }

  async #start(type: CompressionType): Promise<CompressionCodec> {
    try {
      const codec = await loaders[type]();
      this.#loaded.set(type, codec);
      return codec;
    } catch (cause) {
      this.#loading.delete(type);
      throw new KafkaError('KAFKA_COMPRESSION_FAILED', `the codec of ${type} cannot be loaded here`, cause);
    }
  }
}

const loaders: Readonly<Record<CompressionType, () => Promise<CompressionCodec>>> = {
  none: async () => ({ type: 'none', compress: (bytes) => bytes, decompress: (bytes) => bytes }),
  gzip: loadGzip,
  snappy: loadSnappy,
  lz4: loadLz4,
  zstd: loadZstd,
};

async function loadGzip(): Promise<CompressionCodec> {
  const { gunzipSync, gzipSync } = await import('node:zlib');
  return guarded('gzip', gzipSync, (bytes, maxBytes) => gunzipSync(bytes, { maxOutputLength: maxBytes }));
}

async function loadZstd(): Promise<CompressionCodec> {
  const { zstdCompressSync, zstdDecompressSync } = await import('node:zlib');
  return guarded('zstd', zstdCompressSync, (bytes, maxBytes) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxBytes }),
  );
}

async function loadSnappy(): Promise<CompressionCodec> {
  const { compressSync, uncompressSync } = await import('snappy');
  const blocks: SnappyBlocks = {
    compress: (bytes) => compressSync(asBuffer(bytes)),
    decompress: (bytes) => asBuffer(uncompressSync(asBuffer(bytes), { asBuffer: true })),
  };
  return guarded(
    'snappy',
    (bytes) => snappyCompress(blocks, bytes),
    (bytes, maxBytes) => snappyDecompress(blocks, bytes, maxBytes),
  );
}

async function loadLz4(): Promise<CompressionCodec> {
  // Frames with independent blocks, the only ones that Kafka's own reader takes.
  const { compressFrameSync, decompressFrameSync } = await import('lz4-napi');
  return guarded(
    'lz4',
    (bytes) => compressFrameSync(asBuffer(bytes)),
    (bytes, maxBytes) => {
      assertFits('lz4', lz4DecompressedBytes(bytes, maxBytes), maxBytes);
      return decompressFrameSync(asBuffer(bytes));
    },
  );
}

type Decompress = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

/** A codec of which every failure is a KafkaError. */
function guarded(
  type: CompressionType,
  compress: (bytes: Uint8Array) => Uint8Array,
  decompress: Decompress,
): CompressionCodec {
  return {
    type,
    compress: (bytes) => guard(type, 'compress', bytes, () => compress(bytes)),
    decompress: (bytes, maxBytes) => guard(type, 'decompress', bytes, () => decompress(bytes, maxBytes)),
  };
}

function guard(type: CompressionType, verb: string, bytes: Uint8Array, run: () => Uint8Array): Uint8Array {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause;
    // What Node says when the output would grow over `maxOutputLength`.
    const tooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    const message = `${bytes.length} bytes do not ${verb} as ${type}${tooLarge ? ' within the limit' : ''}`;
    throw new KafkaError(tooLarge ? 'KAFKA_BATCH_TOO_LARGE' : 'KAFKA_COMPRESSION_FAILED', message, cause);
  }
}

function asBuffer(bytes: Uint8Array | string): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

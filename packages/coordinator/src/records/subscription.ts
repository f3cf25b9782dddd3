import { CoordinatorError } from '../errors.ts';
import { ByteReader } from './bytes.ts';

/**
 * The topics that a consumer subscribes to, out of its protocol metadata (ConsumerProtocolSubscription): every version
 * begins with them, so no version is refused. Undefined where the bytes are something else: they are the clients' own.
 */
export function subscribedTopics(metadata: Uint8Array): readonly string[] | undefined {
  const reader = new ByteReader(metadata, () => 'ConsumerProtocolSubscription');
  try {
    if (reader.int16('version') < 0) return undefined;
    const count = reader.arrayLength('topics', 2);
    return Array.from({ length: count }, () => reader.text('topic'));
  } catch (error) {
    if (error instanceof CoordinatorError) return undefined;
    throw error;
  }
}

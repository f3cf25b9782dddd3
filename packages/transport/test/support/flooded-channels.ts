import type { ChannelOptions } from '@streambus/transport';

/** The rules that a channel may have, each with what is sent on it. */
export const floodedChannels = {
  newest: { maxQueuedMessages: 1000, maxQueuedBytes: 1024 * 1024, messageBytes: 64 },
  bytes: { maxQueuedMessages: 100_000, maxQueuedBytes: 256 * 1024, messageBytes: 1024 },
  oldest: { maxQueuedMessages: 1000, maxQueuedBytes: 1024 * 1024, messageBytes: 64, whenFull: 'drop-oldest' },
  'while up': { maxQueuedMessages: 1000, maxQueuedBytes: 1024 * 1024, messageBytes: 64, whilePeerIsDown: 'drop' },
  urgent: { maxQueuedMessages: 1000, maxQueuedBytes: 64 * 1024, messageBytes: 200, priority: 'urgent' },
} as const satisfies Record<string, Omit<ChannelOptions<Uint8Array>, 'name' | 'codec'> & { messageBytes: number }>;

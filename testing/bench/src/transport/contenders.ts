import type { Contender } from './endpoint.ts';

/** Who is measured. Each is loaded by the processes that run it alone, whose memory is looked at. */
const contenders = {
  bare: async () => (await import('./bare-contender.ts')).bareContender,
  grpc: async () => (await import('./grpc-contender.ts')).grpcContender,
  streambus: async () => (await import('./streambus-contender.ts')).streambusContender,
} as const satisfies Readonly<Record<string, () => Promise<Contender>>>;

export type ContenderName = keyof typeof contenders;

export function loadContender(name: ContenderName): Promise<Contender> {
  return contenders[name]();
}

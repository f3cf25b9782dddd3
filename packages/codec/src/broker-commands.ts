import type { SupportedFeature } from '@streambus/metadata';
import type { CommandCodec, CommandCodecs } from './command-codec.ts';
import { int32 } from './fields.ts';
import type { metadata as wire } from './generated/wire.js';
import { endpointFromWire, endpointToWire, featureFromWire, featureToWire, given } from './metadata-fields.ts';

type BrokerKind =
  | 'registerBroker'
  | 'updateBroker'
  | 'fenceBroker'
  | 'unfenceBroker'
  | 'drainBroker'
  | 'unregisterBroker'
  | 'allocateProducerIds'
  | 'setFeatureLevel';

/** Commands about brokers and the cluster. */
export const brokerCommands: CommandCodecs<BrokerKind> = {
  registerBroker: {
    toWire: (command) => ({
      ...identityToWire(command),
      endpoints: command.endpoints.map(endpointToWire),
      rack: command.rack ?? null,
      supportedFeatures: featuresToWire(command.supportedFeatures),
      previousIncarnation: command.previousIncarnation ?? null,
      wasNeverRegistered: command.previousIncarnation === null,
      mayHaveLostTail: command.mayHaveLostTail ?? null,
    }),
    fromWire: (body) => ({
      kind: 'registerBroker',
      ...identityFromWire(body),
      endpoints: body.endpoints?.map(endpointFromWire) ?? [],
      ...given('rack', body.rack),
      ...given('supportedFeatures', featuresFromWire(body.supportedFeatures)),
      ...(body.wasNeverRegistered === true
        ? { previousIncarnation: null }
        : given('previousIncarnation', body.previousIncarnation)),
      ...given('mayHaveLostTail', body.mayHaveLostTail),
    }),
  },
  updateBroker: {
    toWire: (command) => ({
      ...identityToWire(command),
      endpoints: command.endpoints ? { endpoints: command.endpoints.map(endpointToWire) } : null,
      rack: command.rack ?? null,
      removeRack: command.rack === null,
      supportedFeatures: featuresToWire(command.supportedFeatures),
    }),
    fromWire: (body) => ({
      kind: 'updateBroker',
      ...identityFromWire(body),
      ...given('endpoints', body.endpoints && (body.endpoints.endpoints?.map(endpointFromWire) ?? [])),
      ...(body.removeRack === true ? { rack: null } : given('rack', body.rack)),
      ...given('supportedFeatures', featuresFromWire(body.supportedFeatures)),
    }),
  },
  fenceBroker: identityCodec('fenceBroker'),
  unfenceBroker: identityCodec('unfenceBroker'),
  drainBroker: identityCodec('drainBroker'),
  unregisterBroker: {
    toWire: ({ brokerId }) => ({ brokerId: int32(brokerId, 'broker id') }),
    fromWire: ({ brokerId }) => ({ kind: 'unregisterBroker', brokerId: brokerId ?? 0 }),
  },
  allocateProducerIds: {
    toWire: (command) => ({ ...identityToWire(command), count: int32(command.count, 'count of producer ids') }),
    fromWire: (body) => ({ kind: 'allocateProducerIds', ...identityFromWire(body), count: body.count ?? 0 }),
  },
  setFeatureLevel: {
    toWire: ({ name, level }) => ({ name, level: int32(level, 'level of a feature') }),
    fromWire: ({ name, level }) => ({ kind: 'setFeatureLevel', name: name ?? '', level: level ?? 0 }),
  },
};

interface Identity {
  readonly brokerId: number;
  readonly incarnation: string;
}

function identityCodec<Kind extends 'fenceBroker' | 'unfenceBroker' | 'drainBroker'>(
  kind: Kind,
): CommandCodec<Identity & { readonly kind: Kind }, wire.BrokerIdentity.$Properties> {
  return { toWire: identityToWire, fromWire: (body) => ({ kind, ...identityFromWire(body) }) };
}

function identityToWire({ brokerId, incarnation }: Identity): { brokerId: number; incarnation: string } {
  return { brokerId: int32(brokerId, 'broker id'), incarnation };
}

function identityFromWire({ brokerId, incarnation }: wire.BrokerIdentity.$Properties): Identity {
  return { brokerId: brokerId ?? 0, incarnation: incarnation ?? '' };
}

function featuresToWire(features: readonly SupportedFeature[] | undefined): wire.SupportedFeatures.$Properties | null {
  return features ? { features: features.map(featureToWire) } : null;
}

function featuresFromWire(
  list: wire.SupportedFeatures.$Properties | null | undefined,
): readonly SupportedFeature[] | undefined {
  return list ? (list.features?.map(featureFromWire) ?? []) : undefined;
}

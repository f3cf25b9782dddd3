import type { RefusalReason } from '@streambus/transport';
import type { Dice } from '../dice.ts';
import { badPeerIds, channelNames, clusterId, victimId, witnessIds } from './plan.ts';
import {
  encodeCounter,
  encodeHandshake,
  encodeHello,
  encodeRefusal,
  type HelloFields,
  kinds,
  maxHandshakeBodyBytes,
} from './wire-bytes.ts';

/** With names that are text. */
interface ValidHello extends HelloFields {
  readonly channelNames: readonly string[];
}

/** A hello as the victim takes it from one of its peers. */
export function validHello(nodeId: number, dice: Dice): ValidHello {
  return {
    minVersion: 1,
    maxVersion: dice.pick([1, 1, 2, 255]),
    clusterId,
    nodeId,
    meantNodeId: victimId,
    incarnation: 1,
    instance: Buffer.from('instance'),
    features: dice.int32(),
    maxMessageBytes: 1024 * 1024,
    idleTimeoutMs: 10_000,
    channelNames: shuffledNames(dice),
  };
}

/** Some of the victim's channels, and some that it does not have, in any order. */
function shuffledNames(dice: Dice): readonly string[] {
  const own = channelNames.filter(() => dice.chance(80));
  const foreign = Array.from({ length: dice.pick([0, 0, 1, 5]) }, (_, at) => `foreign ${at}`);
  const names = [...own, ...foreign, 'bytes'].filter((name, at, all) => all.indexOf(name) === at);
  for (let last = names.length - 1; last > 0; last--) {
    const other = dice.below(last + 1);
    [names[last], names[other]] = [names[other] ?? '', names[last] ?? ''];
  }
  return names;
}

type Drawn = (hello: HelloFields, dice: Dice) => Buffer;

const notUtf8 = Buffer.from([0x66, 0xff, 0xfe, 0xc0, 0x80]);
const unknownIds = [0, 7, victimId - 1, 2 ** 53 - 1];

/** Hellos that are refused, and some that are not quite. */
export const badHellos = {
  truncated: (hello, dice) => {
    const bytes = encodeHello(hello);
    return bytes.subarray(0, dice.below(bytes.length));
  },
  'a body that ends too early': (hello, dice) => {
    const body = encodeHello(hello).subarray(7);
    return encodeHandshake(1, body.subarray(0, dice.below(body.length)));
  },
  'more than the fields': (hello, dice) => {
    const body = encodeHello(hello).subarray(7);
    return encodeHandshake(1, Buffer.concat([body, dice.bytes(dice.below(2000))]));
  },
  'the longest body': (hello, dice) => {
    const body = encodeHello(hello).subarray(7);
    const length = dice.pick([maxHandshakeBodyBytes - 1, maxHandshakeBodyBytes, maxHandshakeBodyBytes + 1]);
    return encodeHandshake(1, Buffer.concat([body, Buffer.alloc(length - body.length)]));
  },
  'a wrong length': (hello, dice) =>
    encodeHandshake(1, encodeHello(hello).subarray(7), dice.pick([0, 1, 43, 8192, 8193, 0xffff])),
  'another type': (hello, dice) => encodeHandshake(dice.pick([0, 3, 4, 255]), encodeHello(hello).subarray(7)),
  'bits flipped': (hello, dice) => {
    const bytes = encodeHello(hello);
    for (let count = dice.between(1, 4); count > 0; count--) {
      const at = dice.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
    }
    return bytes;
  },
  'bytes edited': (hello, dice) => {
    const bytes = encodeHello(hello);
    const at = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), dice.bytes(dice.below(9)), bytes.subarray(at + dice.below(9))]);
  },
  'another version': (hello, dice) => {
    const [minVersion = 0, maxVersion = 0] = dice.pick([
      [2, 2],
      [0, 0],
      [2, 1],
      [255, 0],
      [7, 255],
    ]);
    return encodeHello({ ...hello, minVersion, maxVersion });
  },
  'another cluster': (hello, dice) =>
    encodeHello({
      ...hello,
      clusterId: dice.pick(['', 'fuzze', 'fuzzed2', '\ufefffuzzed', Buffer.alloc(255)]),
    }),
  'a cluster that is no text': (hello) => encodeHello({ ...hello, clusterId: notUtf8 }),
  'another node': (hello, dice) => encodeHello({ ...hello, nodeId: dice.pick(unknownIds) }),
  'the own id': (hello) => encodeHello({ ...hello, nodeId: victimId }),
  'meant for another': (hello, dice) => encodeHello({ ...hello, meantNodeId: dice.pick(unknownIds) }),
  "a witness's id": (hello, dice) => {
    const [nodeId, incarnation] = [dice.pick(Object.values(witnessIds)), dice.pick([0, 1, 1000])];
    // With a frame, which would make it a connection.
    return Buffer.concat([encodeHello({ ...hello, nodeId, incarnation }), encodeCounter(kinds.ping, 1)]);
  },
  'an id that is dialled': (hello, dice) => encodeHello({ ...hello, nodeId: dice.pick(badPeerIds.dialled) }),
  'too many channels': (hello, dice) => {
    const names = Array.from({ length: dice.pick([65, 66, 255]) }, (_, at) => `${at}`);
    return encodeHello({ ...hello, channelNames: names });
  },
  'another number of channels': (hello, dice) => encodeHello({ ...hello, channelCount: dice.below(256) }),
  'a channel twice': (hello) => encodeHello({ ...hello, channelNames: ['bytes', 'json', 'bytes'] }),
  'a channel that is no text': (hello) => encodeHello({ ...hello, channelNames: ['bytes', notUtf8] }),
  'names of all lengths': (hello) =>
    encodeHello({ ...hello, channelNames: ['', 'n'.repeat(255), ...Array.from({ length: 62 }, (_, at) => `${at}`)] }),
  'limits of nothing': (hello, dice) =>
    encodeHello({ ...hello, ...(dice.chance(50) ? { maxMessageBytes: 0 } : { idleTimeoutMs: 0 }) }),
  'counters that are too large': (hello, dice) => {
    const field = dice.pick(['nodeId', 'meantNodeId', 'incarnation'] as const);
    return encodeHello({ ...hello, [field]: dice.pick([2 ** 53, 2n ** 63n, 2n ** 64n - 1n]) });
  },
} as const satisfies Record<string, Drawn>;

/** A kind of {@link badHellos}. */
export type BadHello = keyof typeof badHellos;

/** How the victim has to answer, where there is only one way. */
export const refusalOf: Readonly<Partial<Record<BadHello, RefusalReason>>> = {
  'a body that ends too early': 'malformed',
  'another type': 'malformed',
  'another version': 'version',
  'another cluster': 'wrong-cluster',
  'a cluster that is no text': 'malformed',
  'another node': 'unknown-node',
  'the own id': 'self',
  'meant for another': 'wrong-node',
  "a witness's id": 'duplicate-node',
  'too many channels': 'malformed',
  'a channel twice': 'malformed',
  'a channel that is no text': 'malformed',
  'limits of nothing': 'malformed',
  'counters that are too large': 'malformed',
};

export const badHelloNames = Object.keys(badHellos) as BadHello[];

/** A refusal, with or without what belongs in one. */
export function randomRefusal(dice: Dice): Buffer {
  const detail = dice.pick(['', 'no', 'n'.repeat(255), 'two\nlines', notUtf8]);
  return encodeRefusal(dice.chance(80) ? dice.between(1, 13) : dice.below(256), detail);
}

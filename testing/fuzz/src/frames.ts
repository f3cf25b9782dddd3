import { type Api, apiList, apis, encodeRequest, KafkaError, type RequestInputOf, versionsOf } from '@streambus/kafka';
import type { Dice } from './dice.ts';
import { frame as encodeFrame } from './large-requests.ts';
import * as mutations from './mutations.ts';
import { fuzzTopics } from './names.ts';
import { otherProtocols } from './other-protocols.ts';
import { randomMessage } from './random-message.ts';
import { brokenBatch } from './random-records.ts';

/** What is sent, by kind, each with how often of 1000. */
const weights = {
  valid: 110,
  'bits flipped': 190,
  'bytes edited': 170,
  'wild integers': 150,
  truncated: 70,
  'wrong length': 60,
  'half a frame': 40,
  'wrong key or version': 70,
  'wrong records, right checksum': 80,
  garbage: 35,
  'other protocol': 25,
} as const;

/** A kind of frame. */
export type FrameKind = keyof typeof weights;

/** Something to send. */
export interface FuzzFrame {
  readonly kind: FrameKind;
  readonly bytes: Buffer;
  /** What follows on the same connection would be read as a part of this. */
  readonly isLast: boolean;
}

const kinds = Object.entries(weights).flatMap(([kind, weight]) =>
  Array.from({ length: weight / 5 }, () => kind as FrameKind),
);

const mutationOf = {
  'bits flipped': mutations.flipBits,
  'bytes edited': mutations.editBytes,
  'wild integers': mutations.placeWildIntegers,
  truncated: mutations.truncate,
  'wrong length': mutations.lieAboutLength,
  'wrong key or version': mutations.changeKeyOrVersion,
} as const;

/** Draws frames without end, the same for the same seed. */
export class FrameSource {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  next(): FuzzFrame {
    const kind = this.#dice.pick(kinds);
    const bytes = this.#make(kind);
    const isLast =
      kind === 'wrong length' || kind === 'half a frame' || kind === 'garbage' || kind === 'other protocol';
    return { kind, bytes, isLast };
  }

  /** A well-formed request of any API and version. */
  valid(): Buffer {
    const dice = this.#dice;
    for (;;) {
      const api = dice.pick(apiList);
      const { minVersion, maxVersion } = versionsOf(api);
      const version = dice.between(minVersion, maxVersion);
      // The types of a message whose API is only known at run time say nothing.
      const request = randomMessage(api.request, version, dice) as RequestInputOf<Api>;
      const header = { correlationId: dice.int32(), clientId: dice.chance(80) ? 'fuzz' : null };
      try {
        return Buffer.concat(encodeRequest(api, version, header, request));
      } catch (thrown) {
        // Some odd names are longer than the protocol can say.
        if (!(thrown instanceof KafkaError)) throw thrown;
      }
    }
  }

  #make(kind: FrameKind): Buffer {
    const dice = this.#dice;
    switch (kind) {
      case 'valid':
        return this.valid();
      case 'half a frame': {
        const frame = this.valid();
        return frame.subarray(0, dice.between(1, frame.length - 1));
      }
      case 'wrong records, right checksum': {
        const partitionData = [{ index: dice.below(3), records: brokenBatch(dice) }];
        const topicData = [{ name: dice.pick(fuzzTopics), partitionData }];
        return encodeFrame(apis.produce, dice.between(3, 11), { acks: dice.pick([1, -1]), timeoutMs: 1000, topicData });
      }
      case 'garbage':
        return dice.bytes(dice.between(1, 400));
      case 'other protocol':
        return dice.pick(otherProtocols);
      default:
        return mutationOf[kind](this.valid(), dice);
    }
  }
}

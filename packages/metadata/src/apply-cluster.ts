import type { AllocateProducerIdsResult, PlainResult } from './answers.ts';
import { isLevel, supportsLevel } from './apply-brokers.ts';
import type { AllocateProducerIdsCommand, SetFeatureLevelCommand } from './commands.ts';
import { quoted } from './config-schema.ts';
import type { Draft } from './draft.ts';
import { MetadataError } from './errors.ts';

const maxProducerIdsPerCommand = 1_000_000;

export function allocateProducerIds(draft: Draft, command: AllocateProducerIdsCommand): AllocateProducerIdsResult {
  const { brokerId, incarnation, count } = command;
  draft.requireIncarnation(brokerId, incarnation);
  if (!Number.isInteger(count) || count < 1 || count > maxProducerIdsPerCommand) {
    throw new MetadataError(
      'INVALID_REQUEST',
      `count of producer ids is ${count}; it must be an integer from 1 to ${maxProducerIdsPerCommand}`,
    );
  }
  const firstProducerId = draft.nextProducerId;
  if (firstProducerId + count > Number.MAX_SAFE_INTEGER) {
    throw new MetadataError(
      'PRODUCER_IDS_EXHAUSTED',
      `${count} producer ids from ${firstProducerId} on would pass 2^53-1`,
    );
  }
  draft.nextProducerId = firstProducerId + count;
  return { kind: 'allocateProducerIds', firstProducerId, count };
}

export function setFeatureLevel(draft: Draft, { name, level }: SetFeatureLevelCommand): PlainResult {
  if (name.length < 1 || name.length > 249 || !isLevel(level)) {
    throw new MetadataError(
      'INVALID_REQUEST',
      `feature ${quoted(name)} is to be at level ${level}; allowed are names of 1 to 249 characters, levels 0 to 32767`,
    );
  }
  const levels = new Map(draft.featureLevels);
  levels.delete(name);
  if (level > 0) {
    for (const { brokerId, supportedFeatures } of draft.brokers.values()) {
      if (supportsLevel(supportedFeatures, name, level)) continue;
      throw new MetadataError(
        'INVALID_FEATURE',
        `broker ${brokerId} does not support feature ${name} at level ${level}`,
      );
    }
    levels.set(name, level);
  }
  draft.featureLevels = new Map([...levels].sort(([one], [other]) => (one < other ? -1 : 1)));
  return { kind: 'setFeatureLevel' };
}

import {
  decodeMetadataAnswer,
  decodeMetadataCommand,
  decodeMetadataState,
  encodeMetadataAnswer,
  encodeMetadataCommand,
  encodeMetadataState,
} from '@streambus/codec';
import { type CommandAnswer, contentOf, type MetadataCommand, type MetadataState } from '@streambus/metadata';
import { describe, expect, it } from 'vitest';
import written from './fixtures/metadata-format-1.json' with { type: 'json' };

// What the first version of this package wrote. Whoever adds a format adds a file, and changes none.

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A state as JSON has it: maps are lists of entries, and what is undefined is absent. */
function plain(state: MetadataState): unknown {
  const content = contentOf(state);
  const whole = { ...content, brokers: [...content.brokers], topics: [...content.topics] };
  return JSON.parse(JSON.stringify(whole, (_, value) => (value instanceof Map ? [...value] : value)));
}

describe('what the first version wrote', () => {
  it('is read as the same commands, which are still written so', () => {
    expect(new Set(written.commands.map(({ value }) => value.kind)).size).toBe(19);
    for (const { hex, value } of written.commands) {
      const command = decodeMetadataCommand(bytesOf(hex));
      expect(command).toEqual(value as unknown as MetadataCommand);
      expect(hexOf(encodeMetadataCommand(command))).toBe(hex);
    }
  });

  it('is read as the same answers, which are still written so', () => {
    for (const { hex, value } of written.answers) {
      const answer = decodeMetadataAnswer(bytesOf(hex));
      expect(answer).toEqual(value as unknown as CommandAnswer);
      expect(hexOf(encodeMetadataAnswer(answer))).toBe(hex);
    }
  });

  it('is read as the same states, but that the last member of an ISR, dead, is eligible now', () => {
    let leaderless = 0;
    for (const { hex, value } of written.states) {
      const topics = value.topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => {
          const led = 'leader' in partition;
          leaderless += led ? 0 : 1;
          return { ...partition, isr: led ? partition.isr : [], eligibleReplicas: led ? [] : partition.isr };
        }),
      }));
      const state = decodeMetadataState(bytesOf(hex));
      expect(plain(state)).toEqual({ ...value, topics });
      expect(plain(decodeMetadataState(encodeMetadataState(state)))).toEqual(plain(state));
    }
    expect(leaderless).toBeGreaterThan(0);
  });
});

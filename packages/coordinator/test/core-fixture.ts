import { createSeededRandom } from '@streambus/runtime/testing';
import type { AppendEffect, CallToken, Effect, Moment } from '../src/core/effects.ts';
import { PartitionCore } from '../src/core/partition-core.ts';
import { type GroupCoordinatorOptions, resolveGroupCoordinatorOptions } from '../src/options.ts';
import type { JoinGroupRequest, JoinGroupResponse, OffsetCommitRequest, SyncGroupRequest } from '../src/requests.ts';

const text = new TextEncoder();

/** Bytes of a short text, as metadata or assignment. */
export function bytes(content: string): Uint8Array {
  return text.encode(content);
}

/** A core at a manual moment: each call gives the list of effects. */
export class CoreFixture {
  readonly core: PartitionCore;
  nowMs = 0;
  #lastToken = 0;

  constructor(options: GroupCoordinatorOptions = {}) {
    const complete = { initialRebalanceDelayMs: 0, ...options };
    this.core = new PartitionCore(resolveGroupCoordinatorOptions(complete), createSeededRandom(1));
    this.core.start(this.moment);
  }

  get moment(): Moment {
    return { monotonicMs: this.nowMs, wallTimeMs: 1_000_000 + this.nowMs };
  }

  token(): CallToken {
    return ++this.#lastToken as CallToken;
  }

  get lastToken(): CallToken {
    return this.#lastToken as CallToken;
  }

  join(request: Partial<JoinGroupRequest> = {}): Effect[] {
    return this.core.join(joinRequest(request), this.token(), this.moment);
  }

  sync(request: Partial<SyncGroupRequest> & { readonly memberId: string }): Effect[] {
    const complete = {
      groupId: 'group',
      generationId: 1,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: [],
      ...request,
    };
    return this.core.sync(complete, this.token(), this.moment);
  }

  heartbeat(memberId: string, generationId = 1, groupInstanceId: string | null = null): Effect[] {
    return this.core.heartbeat(
      { groupId: 'group', generationId, memberId, groupInstanceId },
      this.token(),
      this.moment,
    );
  }

  leave(memberId: string, groupInstanceId: string | null = null): Effect[] {
    return this.core.leave({ groupId: 'group', members: [{ memberId, groupInstanceId }] }, this.token(), this.moment);
  }

  commit(request: Partial<OffsetCommitRequest> = {}, offset = 5): Effect[] {
    const partitions = [{ partitionIndex: 0, offset, leaderEpoch: 2, metadata: 'note' }];
    const complete = {
      groupId: 'group',
      generationId: -1,
      memberId: '',
      groupInstanceId: null,
      topics: [{ name: 'topic', partitions }],
      ...request,
    };
    return this.core.commit(complete, this.token(), this.moment);
  }

  /** Makes every append of these effects durable; gives what follows. */
  store(effects: readonly Effect[]): Effect[] {
    const appends = effects.filter((effect): effect is AppendEffect => effect.type === 'append');
    return appends.flatMap(({ appendId }) => this.core.appended(appendId, this.moment));
  }

  /** Lets every append of these effects fail; gives what follows. */
  fail(effects: readonly Effect[]): Effect[] {
    const appends = effects.filter((effect): effect is AppendEffect => effect.type === 'append');
    return appends.flatMap(({ appendId }) =>
      this.core.appendFailed(appendId, 'COORDINATOR_NOT_AVAILABLE', this.moment),
    );
  }

  advance(durationMs: number): Effect[] {
    const effects: Effect[] = [];
    const endMs = this.nowMs + durationMs;
    while (this.core.nextDeadlineMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.core.nextDeadlineMs);
      effects.push(...this.core.advance(this.moment));
    }
    this.nowMs = endMs;
    return effects;
  }

  /** A Stable group of one member that leads it; gives the member's id. */
  stableGroup(request: Partial<JoinGroupRequest> = {}): string {
    const { memberId } = joinResponses(this.join({ apiVersion: 3, ...request }))[0] ?? { memberId: '' };
    const assignments = [{ memberId, assignment: bytes(`all of ${memberId}`) }];
    this.store(this.sync({ memberId, groupInstanceId: request.groupInstanceId ?? null, assignments }));
    return memberId;
  }

  get state(): string {
    return this.core.describe('group').state;
  }

  offset(partitionIndex = 0, topic = 'topic', groupId = 'group'): number | undefined {
    const topics = [{ name: topic, partitionIndexes: [partitionIndex] }];
    return this.core.fetch({ groupId, topics }).topics[0]?.partitions[0]?.offset;
  }
}

/** A JoinGroup of a dynamic consumer. */
export function joinRequest(request: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    apiVersion: 9,
    groupId: 'group',
    memberId: '',
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: bytes('subscription') }],
    ...request,
  };
}

/** The answers to JoinGroup among the effects. */
export function joinResponses(effects: readonly Effect[]): JoinGroupResponse[] {
  return effects.flatMap((effect) => (effect.type === 'answer' && effect.api === 'JoinGroup' ? [effect.response] : []));
}

/** What the effects are, in short: the api and error of answers, the keys' kinds of appends, the events of notices. */
export function summary(effects: readonly Effect[]): string[] {
  return effects.map((effect) => {
    if (effect.type === 'append') return `append ${effect.records.length}`;
    if (effect.type === 'notice')
      return effect.event === 'rebalanceStarted' ? `rebalance: ${effect.cause}` : `expired: ${effect.missed}`;
    switch (effect.api) {
      case 'OffsetCommit':
        return `OffsetCommit ${effect.response.topics.flatMap(({ partitions }) => partitions.map(({ error }) => error)).join()}`;
      case 'ForgetTopics':
        return 'ForgetTopics done';
      default:
        return `${effect.api} ${effect.response.error}`;
    }
  });
}

import type { AnswerEffect, CallToken, Effect, Moment } from '../../src/core/effects.ts';
import type { PartitionCore } from '../../src/core/partition-core.ts';
import type { JoinGroupResponse, SyncGroupResponse } from '../../src/requests.ts';
import type { Observer } from './observer.ts';
import type { World } from './world.ts';

export const groupId = 'group';
export const topic = 'topic';
export const partitionCount = 6;

const text = new TextEncoder();
const decoder = new TextDecoder();

type Input = (core: PartitionCore, token: CallToken, moment: Moment) => Effect[];

/** What a leader gives to a member: readable, so that the observer can judge it. */
export interface Assignment {
  readonly generationId: number;
  readonly partitions: readonly number[];
}

/** How a client may differ from others. */
export interface ClientTraits {
  readonly name: string;
  readonly apiVersion: number;
  readonly instanceId: string | null;
  readonly protocols: readonly string[];
  /** One that does not commit lives by its heartbeats alone. */
  readonly commits: boolean;
}

/**
 * A consumer as real ones are: it joins, syncs, beats and commits, and starts over where the protocol says so. Its requests
 * arrive in order, after some time; those of a lost connection may arrive later than those of the next one, and nobody hears
 * the answers.
 */
export class Client {
  readonly traits: ClientTraits;
  readonly #world: World;
  readonly #observer: Observer;
  state: 'dead' | 'joining' | 'syncing' | 'stable' = 'dead';
  memberId = '';
  generationId = -1;
  assignment: Assignment | undefined;
  /** Grows whenever the client begins something new: answers to what it did before do not interest it. */
  #phase = 0;
  #arrivalMs = 0;
  readonly #openTokens = new Set<CallToken>();

  constructor(world: World, observer: Observer, traits: ClientTraits) {
    this.#world = world;
    this.#observer = observer;
    this.traits = traits;
  }

  start(): void {
    if (this.state !== 'dead') return;
    this.memberId = '';
    this.#arrivalMs = 0;
    this.#join();
  }

  /** Says nothing any more; its connections may be seen to close, or not. */
  die(): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.#phase++;
    if (this.#world.random.below(2) === 0) this.#dropConnection();
  }

  /** Dies, and begins a new life at once. */
  restart(): void {
    this.die();
    this.start();
  }

  leave(): void {
    if (this.state !== 'stable') return;
    const { memberId } = this;
    this.state = 'dead';
    this.#phase++;
    const members = [{ memberId, groupInstanceId: this.traits.instanceId }];
    this.#send(
      (core, token, moment) => core.leave({ groupId, members }, token, moment),
      () => undefined,
    );
  }

  /** Loses what is under way, and begins that again. */
  loseConnection(): void {
    if (this.state === 'dead') return;
    this.#dropConnection();
    this.#phase++;
    const phase = this.#phase;
    this.#world.after(100 + this.#world.random.below(200), () => {
      if (phase !== this.#phase) return;
      if (this.state === 'stable') this.#startBeating();
      else this.#join();
    });
  }

  #dropConnection(): void {
    for (const token of this.#openTokens) this.#world.cancel(token);
    this.#openTokens.clear();
    // What was sent on the old connection may still arrive, after what is sent on the next one.
    this.#arrivalMs = 0;
  }

  #join(): void {
    this.state = 'joining';
    this.assignment = undefined;
    this.#phase++;
    const { apiVersion, instanceId, name, protocols } = this.traits;
    const request = {
      apiVersion,
      groupId,
      memberId: this.memberId,
      groupInstanceId: instanceId,
      clientId: name,
      clientHost: '/10.0.0.1',
      sessionTimeoutMs: 8000,
      rebalanceTimeoutMs: 6000,
      protocolType: 'consumer',
      protocols: protocols.map((protocol) => ({ name: protocol, metadata: text.encode(name) })),
    };
    this.#send(
      (core, token, moment) => core.join(request, token, moment),
      (answer) => {
        if (answer.api === 'JoinGroup') this.#onJoined(answer.response);
      },
    );
  }

  #onJoined(response: JoinGroupResponse): void {
    this.#observer.onError(this, 'JoinGroup', response.error);
    if (response.error !== 'NONE') {
      if (response.error === 'MEMBER_ID_REQUIRED') this.memberId = response.memberId;
      if (response.error === 'UNKNOWN_MEMBER_ID') this.memberId = '';
      if (response.error === 'FENCED_INSTANCE_ID') this.die();
      else this.#again(response.error === 'MEMBER_ID_REQUIRED' ? 0 : 100);
      return;
    }
    this.memberId = response.memberId;
    this.generationId = response.generationId;
    const isLeader = response.leader === response.memberId && !response.skipAssignment;
    this.#sync(isLeader ? this.#assign(response) : [], response);
  }

  #assign(response: JoinGroupResponse): { memberId: string; assignment: Uint8Array }[] {
    return response.members.map(({ memberId }, index) => {
      const all = Array.from({ length: partitionCount }, (_, partition) => partition);
      const partitions = all.filter((partition) => partition % response.members.length === index);
      const assignment: Assignment = { generationId: response.generationId, partitions };
      return { memberId, assignment: text.encode(JSON.stringify(assignment)) };
    });
  }

  #sync(assignments: { memberId: string; assignment: Uint8Array }[], joined: JoinGroupResponse): void {
    this.state = 'syncing';
    this.#phase++;
    const request = {
      groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.traits.instanceId,
      protocolType: joined.protocolType,
      protocolName: joined.protocolName,
      assignments,
    };
    this.#send(
      (core, token, moment) => core.sync(request, token, moment),
      (answer) => {
        if (answer.api === 'SyncGroup') this.#onSynced(answer.response);
      },
    );
  }

  #onSynced(response: SyncGroupResponse): void {
    this.#observer.onError(this, 'SyncGroup', response.error);
    if (response.error !== 'NONE') {
      this.#afterError(response.error);
      return;
    }
    this.assignment = JSON.parse(decoder.decode(response.assignment)) as Assignment;
    this.state = 'stable';
    this.#observer.onSynced(this, this.assignment);
    this.#startBeating();
  }

  #startBeating(): void {
    this.#phase++;
    this.#beat();
    if (this.traits.commits) this.#commit();
  }

  #beat(): void {
    const { memberId, generationId } = this;
    const request = { groupId, generationId, memberId, groupInstanceId: this.traits.instanceId };
    this.#send(
      (core, token, moment) => core.heartbeat(request, token, moment),
      (answer) => {
        if (answer.api !== 'Heartbeat') return;
        const { error } = answer.response;
        this.#observer.onError(this, 'Heartbeat', error);
        if (error === 'NONE') this.#later(1000, () => this.#beat());
        else this.#afterError(error);
      },
    );
  }

  #commit(): void {
    const { memberId, generationId, assignment } = this;
    const partitions = (assignment?.partitions ?? []).map((partitionIndex) => ({
      partitionIndex,
      offset: this.#observer.nextOffset(partitionIndex),
      leaderEpoch: generationId,
      metadata: this.traits.name,
    }));
    const topics = [{ name: topic, partitions }];
    const request = { groupId, generationId, memberId, groupInstanceId: this.traits.instanceId, topics };
    this.#send(
      (core, token, moment) => core.commit(request, token, moment),
      (answer) => {
        if (answer.api !== 'OffsetCommit') return;
        const error = answer.response.topics[0]?.partitions[0]?.error ?? 'NONE';
        this.#observer.onError(this, 'OffsetCommit', error);
        if (error === 'NONE') this.#observer.onCommitted(generationId, partitions);
        if (error === 'NONE' || error === 'COORDINATOR_NOT_AVAILABLE') this.#later(300, () => this.#commit());
        else if (error !== 'REBALANCE_IN_PROGRESS') this.#afterError(error);
      },
    );
  }

  #afterError(error: string): void {
    if (error === 'FENCED_INSTANCE_ID') {
      this.die();
      return;
    }
    if (error === 'UNKNOWN_MEMBER_ID') this.memberId = '';
    this.#again(error === 'COORDINATOR_NOT_AVAILABLE' ? 100 : 0);
  }

  #again(delayMs: number): void {
    this.#phase++;
    this.#later(delayMs, () => this.#join());
  }

  #later(delayMs: number, run: () => void): void {
    const phase = this.#phase;
    this.#world.after(delayMs, () => {
      if (phase === this.#phase) run();
    });
  }

  /** Requests of one connection arrive in order; an answer that comes after the client has moved on is dropped. */
  #send(input: Input, onAnswer: (answer: AnswerEffect) => void): void {
    const world = this.#world;
    const phase = this.#phase;
    const delayMs = world.random.below(40) === 0 ? 1500 : world.random.below(120);
    this.#arrivalMs = Math.max(this.#arrivalMs, world.nowMs + delayMs);
    world.after(this.#arrivalMs - world.nowMs, () => {
      let answered = false;
      const token: CallToken = world.call(input, (answer) => {
        answered = true;
        this.#openTokens.delete(answer.token);
        this.#observer.onAnswer(this, answer);
        world.after(world.random.below(120), () => {
          if (phase === this.#phase) onAnswer(answer);
        });
      });
      if (!answered) this.#openTokens.add(token);
    });
  }
}

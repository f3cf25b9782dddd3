import { assert } from '@streambus/runtime';
import type { AnswerEffect } from '../../src/core/effects.ts';
import type { GroupErrorName } from '../../src/errors.ts';
import { type Assignment, type Client, groupId, partitionCount, topic } from './client.ts';
import type { World } from './world.ts';

const uuidLength = 36;

/** Watches a whole run, and fails it at the first thing that must not happen. */
export class Observer {
  readonly #world: World;
  readonly #leaders = new Map<number, string>();
  readonly #assignments = new Map<number, Map<string, string>>();
  readonly #visible = new Map<number, { readonly offset: number; readonly generationId: number }>();
  readonly #nextOffsets = new Map<number, number>();
  #lastGeneration = 0;
  readonly errors: Map<string, number> = new Map<string, number>();
  synced = 0;
  committed = 0;

  constructor(world: World) {
    this.#world = world;
    world.onProgress = () => this.#checkVisibleOffsets();
  }

  /** A static member keeps its name when its member id changes; a dynamic one is its member id. */
  #identity(memberId: string): string {
    return memberId.startsWith('static-') ? memberId.slice(0, -uuidLength) : memberId;
  }

  /** As the coordinator answers: generations grow, and each has one leader. */
  onAnswer(_client: Client, answer: AnswerEffect): void {
    if (answer.api !== 'JoinGroup' || answer.response.error !== 'NONE') return;
    const { generationId, leader } = answer.response;
    assert(generationId >= this.#lastGeneration, () => `generation ${generationId} after ${this.#lastGeneration}`);
    this.#lastGeneration = generationId;
    const identity = this.#identity(leader);
    const known = this.#leaders.get(generationId) ?? identity;
    assert(known === identity, () => `generation ${generationId} has the leaders ${known} and ${identity}`);
    this.#leaders.set(generationId, identity);
  }

  /** As a client learns it: it is told only what it can have deserved. */
  onError(client: Client, api: string, error: GroupErrorName): void {
    this.errors.set(`${api} ${error}`, (this.errors.get(`${api} ${error}`) ?? 0) + 1);
    const isStatic = client.traits.instanceId !== null;
    const who = (): string => `${api} of ${client.traits.name} (${client.state}, ${client.memberId}): ${error}`;
    const allowed: readonly GroupErrorName[] = ['NONE', 'REBALANCE_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE'];
    if (allowed.includes(error)) return;
    if (error === 'MEMBER_ID_REQUIRED') {
      assert(api === 'JoinGroup' && client.memberId === '', who);
      return;
    }
    // A rebalance goes on without a static member that is late, and a newer life of one fences an older one.
    assert(isStatic && (error === 'ILLEGAL_GENERATION' || error === 'FENCED_INSTANCE_ID'), who);
  }

  /** One generation has one assignment. */
  onSynced(client: Client, assignment: Assignment): void {
    const { generationId, memberId } = client;
    assert(assignment.generationId === generationId, () => `${memberId}: assignment of ${assignment.generationId}`);
    let members = this.#assignments.get(generationId);
    if (members === undefined) {
      members = new Map();
      this.#assignments.set(generationId, members);
    }
    const identity = this.#identity(memberId);
    const given = JSON.stringify(assignment.partitions);
    const known = members.get(identity) ?? given;
    assert(known === given, () => `generation ${generationId} gave ${identity} ${known} and ${given}`);
    members.set(identity, given);
    const all = [...members.values()].flatMap((partitions) => JSON.parse(partitions) as number[]);
    assert(new Set(all).size === all.length, () => `generation ${generationId} gave a partition twice`);
    this.synced++;
  }

  nextOffset(partition: number): number {
    const offset = (this.#nextOffsets.get(partition) ?? 0) + 1;
    this.#nextOffsets.set(partition, offset);
    return offset;
  }

  /** What was acknowledged is seen, or something newer. Late requests of a lost connection may go back within a generation. */
  onCommitted(
    generationId: number,
    partitions: readonly { readonly partitionIndex: number; readonly offset: number }[],
  ): void {
    for (const { partitionIndex, offset } of partitions) {
      const visible = this.#visible.get(partitionIndex);
      const isSeen = visible !== undefined && (visible.offset >= offset || visible.generationId >= generationId);
      assert(isSeen, () => `partition ${partitionIndex}: ${offset} was acknowledged, ${visible?.offset} is seen`);
      this.committed++;
    }
  }

  /** Offsets go forward; a member of an earlier generation never overwrites what one of a later generation has committed. */
  #checkVisibleOffsets(): void {
    const partitionIndexes = Array.from({ length: partitionCount }, (_, partition) => partition);
    const { topics } = this.#world.core.fetch({ groupId, topics: [{ name: topic, partitionIndexes }] });
    for (const { partitionIndex, offset, leaderEpoch: generationId } of topics[0]?.partitions ?? []) {
      const before = this.#visible.get(partitionIndex) ?? { offset: -1, generationId: -1 };
      const isForward =
        generationId > before.generationId ? offset > before.offset : generationId === before.generationId;
      assert(
        isForward,
        () =>
          `partition ${partitionIndex}: from ${before.offset} (${before.generationId}) to ${offset} (${generationId})`,
      );
      this.#visible.set(partitionIndex, { offset, generationId });
    }
  }

  /** When nothing disturbs them any more, all who live share all there is, in one generation. */
  checkConverged(clients: readonly Client[]): void {
    const living = clients.filter((client) => client.state !== 'dead');
    const describe = (): string =>
      living.map(({ traits, state, generationId }) => `${traits.name}: ${state} in ${generationId}`).join(', ');
    assert(
      living.every(({ state }) => state === 'stable'),
      () => `not everybody is stable: ${describe()}`,
    );
    assert(new Set(living.map(({ generationId }) => generationId)).size <= 1, describe);
    const shared = living.flatMap(({ assignment }) => assignment?.partitions ?? []).sort();
    const all = Array.from({ length: partitionCount }, (_, partition) => partition);
    assert(living.length === 0 || shared.join() === all.join(), () => `they share ${shared.join()}: ${describe()}`);
  }
}

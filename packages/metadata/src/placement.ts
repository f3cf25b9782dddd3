import { assert } from '@streambus/runtime';

/** A broker that may be given replicas. */
export interface PlacementBroker {
  readonly brokerId: number;
  /** Brokers without one count as one rack. */
  readonly rack: string | undefined;
  /** What it holds of all topics. */
  readonly replicaCount: number;
  /** Of how many partitions of all topics it is the preferred leader. */
  readonly preferredLeaderCount: number;
}

/** What is to be placed where. */
export interface PlacementRequest {
  /** In the order of their ids, at least `replicationFactor` of them. */
  readonly brokers: readonly PlacementBroker[];
  /** The replicas of the partitions that the topic has already. */
  readonly present: readonly (readonly number[])[];
  /** How many partitions are wanted beside them. */
  readonly partitionCount: number;
  readonly replicationFactor: number;
}

interface Slot {
  readonly brokerId: number;
  readonly position: number;
  readonly rack: number;
  topicReplicas: number;
  topicLeaders: number;
  replicas: number;
  leaders: number;
  isChosen: boolean;
}

/**
 * Chooses the replicas of new partitions, the preferred leader first. The same request always gives the same answer.
 *
 * Leader: whoever leads fewest partitions of this topic, then holds fewest of it, then leads and holds fewest of all, then
 * has the smallest id. Counting within the topic first keeps a new, empty broker from getting every new topic whole.
 * Followers: racks that the partition uses least come first, so that a partition spans as many racks as it can; within them
 * whoever holds fewest of the topic, then of all. What is still equal is taken in turn around the ring of ids, a step further with
 * every partition that the leader has, so that the partitions of a broker that fails go to many others and not to one.
 */
export function placePartitions(request: PlacementRequest): readonly (readonly number[])[] {
  const { brokers, present, partitionCount, replicationFactor } = request;
  assert(
    replicationFactor >= 1 && replicationFactor <= brokers.length,
    () => `replication factor is ${replicationFactor}; there are ${brokers.length} brokers`,
  );
  const slots = slotsOf(brokers, present);
  const rackCount = new Set(slots.map((slot) => slot.rack)).size;
  return Array.from({ length: partitionCount }, () => placePartition(slots, rackCount, replicationFactor));
}

function slotsOf(brokers: readonly PlacementBroker[], present: readonly (readonly number[])[]): readonly Slot[] {
  const racks = new Map<string | undefined, number>();
  const slots = brokers.map(({ brokerId, rack, replicaCount, preferredLeaderCount }, position) => {
    const rackIndex = racks.get(rack) ?? racks.size;
    racks.set(rack, rackIndex);
    const ofTopic = { topicReplicas: 0, topicLeaders: 0 };
    const ofAll = { replicas: replicaCount, leaders: preferredLeaderCount };
    return { brokerId, position, rack: rackIndex, ...ofTopic, ...ofAll, isChosen: false };
  });
  const byId = new Map(slots.map((slot) => [slot.brokerId, slot]));
  for (const replicas of present) {
    for (const [index, brokerId] of replicas.entries()) {
      const slot = byId.get(brokerId);
      if (slot === undefined) continue;
      slot.topicReplicas += 1;
      if (index === 0) slot.topicLeaders += 1;
    }
  }
  return slots;
}

function placePartition(slots: readonly Slot[], rackCount: number, replicationFactor: number): readonly number[] {
  const leader = best(slots, isBetterLeader);
  const rackUse = new Array<number>(rackCount).fill(0);
  const turn = { leader, brokerCount: slots.length, shift: leader.leaders % slots.length, rackUse };
  const isBetter = (one: Slot, other: Slot): boolean => isBetterFollower(one, other, turn);
  const chosen: Slot[] = [];
  for (let slot = leader; ; slot = best(slots, isBetter)) {
    slot.isChosen = true;
    rackUse[slot.rack] = (rackUse[slot.rack] ?? 0) + 1;
    chosen.push(slot);
    if (chosen.length === replicationFactor) break;
  }
  leader.topicLeaders += 1;
  leader.leaders += 1;
  for (const slot of chosen) {
    slot.topicReplicas += 1;
    slot.replicas += 1;
    slot.isChosen = false;
  }
  return chosen.map((slot) => slot.brokerId);
}

/** The best of those that are not chosen. */
function best(slots: readonly Slot[], isBetter: (one: Slot, other: Slot) => boolean): Slot {
  let found: Slot | undefined;
  for (const slot of slots) {
    if (!slot.isChosen && (found === undefined || isBetter(slot, found))) found = slot;
  }
  assert(found !== undefined, 'there is a broker left for every replica');
  return found;
}

function isBetterLeader(one: Slot, other: Slot): boolean {
  if (one.topicLeaders !== other.topicLeaders) return one.topicLeaders < other.topicLeaders;
  if (one.topicReplicas !== other.topicReplicas) return one.topicReplicas < other.topicReplicas;
  if (one.leaders !== other.leaders) return one.leaders < other.leaders;
  if (one.replicas !== other.replicas) return one.replicas < other.replicas;
  return one.position < other.position;
}

interface Turn {
  readonly leader: Slot;
  readonly brokerCount: number;
  readonly shift: number;
  readonly rackUse: readonly number[];
}

function isBetterFollower(one: Slot, other: Slot, turn: Turn): boolean {
  const oneUse = turn.rackUse[one.rack] ?? 0;
  const otherUse = turn.rackUse[other.rack] ?? 0;
  if (oneUse !== otherUse) return oneUse < otherUse;
  if (one.topicReplicas !== other.topicReplicas) return one.topicReplicas < other.topicReplicas;
  if (one.replicas !== other.replicas) return one.replicas < other.replicas;
  return ringDistance(one, turn) < ringDistance(other, turn);
}

/** How many steps lie between where this partition's turn begins and the slot. */
function ringDistance(slot: Slot, { leader, brokerCount, shift }: Turn): number {
  const distance = (slot.position - leader.position + brokerCount) % brokerCount;
  return (distance - 1 - shift + 2 * brokerCount) % brokerCount;
}

import type { Model } from './model-state.ts';

/** Chooses replicas by counting everything anew for every one of them. */
export function place(
  model: Model,
  present: readonly number[][],
  count: number,
  replicationFactor: number,
): number[][] {
  const placed: number[][] = [];
  while (placed.length < count) placed.push(placeOne(model, present, placed, replicationFactor));
  return placed;
}

function placeOne(model: Model, present: readonly number[][], placed: readonly number[][], factor: number): number[] {
  const brokers = model.brokers.filter((broker) => broker.status === 'active');
  const ofTopic = [...present, ...placed];
  const ofAll = [...model.topics.flatMap((topic) => topic.partitions.map(({ replicas }) => replicas)), ...placed];
  const holds = (lists: readonly number[][], id: number): number => lists.filter((list) => list.includes(id)).length;
  const leads = (lists: readonly number[][], id: number): number => lists.filter((list) => list[0] === id).length;
  const ids = brokers.map(({ brokerId }) => brokerId).sort((one, other) => one - other);
  const rackOf = (id: number): string | undefined => brokers.find((broker) => broker.brokerId === id)?.rack;

  const leader = least(ids, (id) => [leads(ofTopic, id), holds(ofTopic, id), leads(ofAll, id), holds(ofAll, id), id]);
  const chosen = [leader];
  const turn = leads(ofAll, leader);
  while (chosen.length < factor) {
    const rest = ids.filter((id) => !chosen.includes(id));
    // Around the ring from behind the leader, a step further for every partition that it has.
    const ring = [...ids, ...ids].slice(ids.indexOf(leader) + 1, ids.indexOf(leader) + 1 + ids.length);
    const turned = [...ring.slice(turn % ids.length), ...ring.slice(0, turn % ids.length)];
    const inRack = (id: number): number => chosen.filter((other) => rackOf(other) === rackOf(id)).length;
    chosen.push(least(rest, (id) => [inRack(id), holds(ofTopic, id), holds(ofAll, id), turned.indexOf(id)]));
  }
  return chosen;
}

/** The one whose numbers are least, the first number counting most. */
function least(ids: readonly number[], numbersOf: (id: number) => readonly number[]): number {
  const rows = ids.map((id) => ({ id, numbers: numbersOf(id) }));
  rows.sort((one, other) => {
    const at = one.numbers.findIndex((number, index) => number !== other.numbers[index]);
    return at < 0 ? 0 : (one.numbers[at] ?? 0) - (other.numbers[at] ?? 0);
  });
  const [first] = rows;
  if (first === undefined) throw new RangeError('there is nobody to choose');
  return first.id;
}

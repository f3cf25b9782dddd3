import { assert } from '@streambus/runtime';

/**
 * An immutable map in the order of its keys: a change gives a new map that shares all but a path of the old one.
 *
 * Reading, setting and deleting take a number of steps that grows with the logarithm of the size.
 */
export interface SortedMap<Key extends string | number, Value> extends Iterable<readonly [Key, Value]> {
  readonly size: number;
  get(key: Key): Value | undefined;
  has(key: Key): boolean;
  /** With `value` under `key`. */
  set(key: Key, value: Value): SortedMap<Key, Value>;
  /** With all entries; of several under one key the last counts. Quicker than one after the other. */
  setAll(entries: Iterable<readonly [Key, Value]>): SortedMap<Key, Value>;
  /** Without `key`; itself where that is absent. */
  delete(key: Key): SortedMap<Key, Value>;
  /** In ascending order (numbers by value, strings by code unit). */
  keys(): IterableIterator<Key>;
  /** In the order of the keys. */
  values(): IterableIterator<Value>;
  [Symbol.iterator](): IterableIterator<readonly [Key, Value]>;
}

interface Node<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  readonly size: number;
  readonly left: Node<Key, Value> | undefined;
  readonly right: Node<Key, Value> | undefined;
}

type Tree<Key, Value> = Node<Key, Value> | undefined;

// A weight-balanced tree (Adams 1992) with the constants that Hirai and Yamamoto proved right in 2011: no subtree weighs more than
// `heavy` times its sibling, and an inner grandchild of `rotateTwice` times the outer one needs the double rotation.
const heavy = 3;
const rotateTwice = 2;

function sizeOf<Key, Value>(tree: Tree<Key, Value>): number {
  return tree === undefined ? 0 : tree.size;
}

function weightOf<Key, Value>(tree: Tree<Key, Value>): number {
  return sizeOf(tree) + 1;
}

function nodeOf<Key, Value>(key: Key, value: Value, left: Tree<Key, Value>, right: Tree<Key, Value>): Node<Key, Value> {
  return { key, value, size: sizeOf(left) + sizeOf(right) + 1, left, right };
}

function balanced<Key, Value>(
  key: Key,
  value: Value,
  left: Tree<Key, Value>,
  right: Tree<Key, Value>,
): Node<Key, Value> {
  if (right !== undefined && weightOf(right) > heavy * weightOf(left)) return rotatedLeft(key, value, left, right);
  if (left !== undefined && weightOf(left) > heavy * weightOf(right)) return rotatedRight(key, value, left, right);
  return nodeOf(key, value, left, right);
}

function rotatedLeft<Key, Value>(
  key: Key,
  value: Value,
  left: Tree<Key, Value>,
  right: Node<Key, Value>,
): Node<Key, Value> {
  const inner = right.left;
  if (inner === undefined || weightOf(inner) < rotateTwice * weightOf(right.right)) {
    return nodeOf(right.key, right.value, nodeOf(key, value, left, inner), right.right);
  }
  const outer = nodeOf(right.key, right.value, inner.right, right.right);
  return nodeOf(inner.key, inner.value, nodeOf(key, value, left, inner.left), outer);
}

function rotatedRight<Key, Value>(
  key: Key,
  value: Value,
  left: Node<Key, Value>,
  right: Tree<Key, Value>,
): Node<Key, Value> {
  const inner = left.right;
  if (inner === undefined || weightOf(inner) < rotateTwice * weightOf(left.left)) {
    return nodeOf(left.key, left.value, left.left, nodeOf(key, value, inner, right));
  }
  const outer = nodeOf(left.key, left.value, left.left, inner.left);
  return nodeOf(inner.key, inner.value, outer, nodeOf(key, value, inner.right, right));
}

function inserted<Key, Value>(tree: Tree<Key, Value>, key: Key, value: Value): Node<Key, Value> {
  if (tree === undefined) return nodeOf(key, value, undefined, undefined);
  if (key < tree.key) return balanced(tree.key, tree.value, inserted(tree.left, key, value), tree.right);
  if (key > tree.key) return balanced(tree.key, tree.value, tree.left, inserted(tree.right, key, value));
  return nodeOf(key, value, tree.left, tree.right);
}

/** The tree with the entries `from` to `to`, which are sorted: each node is visited, and copied, at most once. */
function insertedAll<Key extends string | number, Value>(
  tree: Tree<Key, Value>,
  sorted: readonly (readonly [Key, Value])[],
  from: number,
  to: number,
): Tree<Key, Value> {
  if (from >= to) return tree;
  if (tree === undefined) return treeOf(sorted, from, to);
  const position = firstNotBelow(sorted, from, to, tree.key);
  const entry = position < to ? sorted[position] : undefined;
  const isOwn = entry !== undefined && entry[0] === tree.key;
  const left = insertedAll(tree.left, sorted, from, position);
  const right = insertedAll(tree.right, sorted, isOwn ? position + 1 : position, to);
  return joined(tree.key, isOwn ? entry[1] : tree.value, left, right);
}

/** Where in a sorted range the keys from `key` on begin. */
function firstNotBelow<Key extends string | number, Value>(
  sorted: readonly (readonly [Key, Value])[],
  from: number,
  to: number,
  key: Key,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = sorted[middle];
    if (entry !== undefined && entry[0] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One tree of two that may differ in weight by any factor, and of a key between them (Adams 1992, section 4). */
function joined<Key, Value>(key: Key, value: Value, left: Tree<Key, Value>, right: Tree<Key, Value>): Node<Key, Value> {
  if (right !== undefined && weightOf(right) > heavy * weightOf(left)) {
    return balanced(right.key, right.value, joined(key, value, left, right.left), right.right);
  }
  if (left !== undefined && weightOf(left) > heavy * weightOf(right)) {
    return balanced(left.key, left.value, left.left, joined(key, value, left.right, right));
  }
  return nodeOf(key, value, left, right);
}

function removed<Key, Value>(tree: Tree<Key, Value>, key: Key): Tree<Key, Value> {
  if (tree === undefined) return undefined;
  if (key < tree.key) return balanced(tree.key, tree.value, removed(tree.left, key), tree.right);
  if (key > tree.key) return balanced(tree.key, tree.value, tree.left, removed(tree.right, key));
  if (tree.left === undefined) return tree.right;
  if (tree.right === undefined) return tree.left;
  const next = firstOf(tree.right);
  return balanced(next.key, next.value, tree.left, removed(tree.right, next.key));
}

function firstOf<Key, Value>(tree: Node<Key, Value>): Node<Key, Value> {
  let node = tree;
  while (node.left !== undefined) node = node.left;
  return node;
}

function* nodesOf<Key, Value>(tree: Tree<Key, Value>): Generator<Node<Key, Value>, undefined, undefined> {
  const path: Node<Key, Value>[] = [];
  let node = tree;
  while (node !== undefined || path.length > 0) {
    while (node !== undefined) {
      path.push(node);
      node = node.left;
    }
    const next = path.pop();
    assert(next !== undefined, 'a sorted map has a node for every step of its walk');
    yield next;
    node = next.right;
  }
}

class TreeMap<Key extends string | number, Value> implements SortedMap<Key, Value> {
  readonly #root: Tree<Key, Value>;

  constructor(root: Tree<Key, Value>) {
    this.#root = root;
  }

  get size(): number {
    return sizeOf(this.#root);
  }

  get(key: Key): Value | undefined {
    return this.#find(key)?.value;
  }

  has(key: Key): boolean {
    return this.#find(key) !== undefined;
  }

  set(key: Key, value: Value): SortedMap<Key, Value> {
    return new TreeMap(inserted(this.#root, key, value));
  }

  setAll(entries: Iterable<readonly [Key, Value]>): SortedMap<Key, Value> {
    const sorted = sortedEntries(entries);
    return new TreeMap(insertedAll(this.#root, sorted, 0, sorted.length));
  }

  delete(key: Key): SortedMap<Key, Value> {
    return this.has(key) ? new TreeMap(removed(this.#root, key)) : this;
  }

  *keys(): Generator<Key, undefined, undefined> {
    for (const node of nodesOf(this.#root)) yield node.key;
  }

  *values(): Generator<Value, undefined, undefined> {
    for (const node of nodesOf(this.#root)) yield node.value;
  }

  *[Symbol.iterator](): Generator<readonly [Key, Value], undefined, undefined> {
    for (const node of nodesOf(this.#root)) yield [node.key, node.value];
  }

  #find(key: Key): Tree<Key, Value> {
    let node = this.#root;
    while (node !== undefined && node.key !== key) node = key < node.key ? node.left : node.right;
    return node;
  }
}

/** A map with nothing in it. */
export function emptySortedMap<Key extends string | number, Value>(): SortedMap<Key, Value> {
  return new TreeMap<Key, Value>(undefined);
}

/** A map of the entries; of several under one key the last counts. */
export function sortedMapOf<Key extends string | number, Value>(
  entries: Iterable<readonly [Key, Value]>,
): SortedMap<Key, Value> {
  const sorted = sortedEntries(entries);
  return new TreeMap(treeOf(sorted, 0, sorted.length));
}

function sortedEntries<Key extends string | number, Value>(
  entries: Iterable<readonly [Key, Value]>,
): readonly (readonly [Key, Value])[] {
  const given = [...entries];
  const isSorted = given.every(([key], index) => index === 0 || (given[index - 1]?.[0] ?? key) < key);
  return isSorted ? given : [...new Map(given)].sort(([one], [other]) => (one < other ? -1 : 1));
}

function treeOf<Key, Value>(sorted: readonly (readonly [Key, Value])[], from: number, to: number): Tree<Key, Value> {
  if (from >= to) return undefined;
  const middle = (from + to) >>> 1;
  const entry = sorted[middle];
  assert(entry !== undefined, 'the middle of a range lies in it');
  return nodeOf(entry[0], entry[1], treeOf(sorted, from, middle), treeOf(sorted, middle + 1, to));
}

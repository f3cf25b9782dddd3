import { assert } from '@streambus/runtime';
import { createSeededRandom, type SeededRandom } from '@streambus/runtime/testing';
import type { AnswerEffect, AppendEffect, CallToken, Effect, Moment } from '../../src/core/effects.ts';
import { PartitionCore } from '../../src/core/partition-core.ts';
import type { StoredOffsetsRecord } from '../../src/offsets-log.ts';
import { resolveGroupCoordinatorOptions } from '../../src/options.ts';

interface Planned {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** Of so many appends, one is remembered with the state that it led to. */
const statesKept = 100;

const options = resolveGroupCoordinatorOptions({
  initialRebalanceDelayMs: 0,
  minSessionTimeoutMs: 1000,
  appendTimeoutMs: 2000,
});

/** The live durable state in one text: equal texts are equal states. */
export function durableState(core: PartitionCore): string {
  const lines: string[] = [];
  const records = core.checkpoint();
  for (let next = records.next(); next.done !== true; next = records.next()) {
    const { key, value } = next.value;
    lines.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value ?? []).toString('hex')}`);
  }
  return lines.sort().join('\n');
}

/** Time, chance, a log and one coordinator partition: everything that clients of the simulation live in. */
export class World {
  readonly random: SeededRandom;
  readonly core: PartitionCore;
  /** Records that are in the log, and the durable state that some lengths of the log gave. */
  readonly log: StoredOffsetsRecord[] = [];
  readonly states: Map<number, string> = new Map<number, string>();
  nowMs = 0;
  /** Appends of these per cent fail. */
  appendFailurePercent = 5;
  /** Looked at after every effect that became visible. */
  onProgress: () => void = () => undefined;
  readonly #planned: Planned[] = [];
  readonly #answers = new Map<CallToken, (answer: AnswerEffect) => void>();
  #appends: AppendEffect[] = [];
  #isAppending = false;
  #sequence = 0;
  #lastToken = 0;

  constructor(seed: number) {
    this.random = createSeededRandom(seed);
    this.core = new PartitionCore(options, this.random.fork());
    this.core.start(this.moment());
  }

  moment(): Moment {
    return { monotonicMs: this.nowMs, wallTimeMs: 1_700_000_000_000 + this.nowMs };
  }

  after(delayMs: number, run: () => void): void {
    const planned = { atMs: this.nowMs + delayMs, sequence: this.#sequence++, run };
    const index = this.#planned.findLastIndex((other) => other.atMs <= planned.atMs);
    this.#planned.splice(index + 1, 0, planned);
  }

  /** Gives a request to the core; its answer comes back at once or later. */
  call(
    input: (core: PartitionCore, token: CallToken, moment: Moment) => Effect[],
    onAnswer: (answer: AnswerEffect) => void,
  ): CallToken {
    const token = ++this.#lastToken as CallToken;
    this.#answers.set(token, onAnswer);
    this.#carryOut(input(this.core, token, this.moment()));
    return token;
  }

  cancel(token: CallToken): void {
    if (this.#answers.delete(token)) this.#carryOut(this.core.cancel(token, this.moment()));
  }

  /** Calls that have not been answered. */
  get openCalls(): number {
    return this.#answers.size;
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const next = this.#planned[0];
      const deadlineMs = this.core.nextDeadlineMs;
      const atMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, deadlineMs);
      if (atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      if (deadlineMs <= atMs) this.#carryOut(this.core.advance(this.moment()));
      else this.#planned.shift()?.run();
    }
    this.nowMs = endMs;
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'append') this.#appends.push(effect);
      if (effect.type === 'answer') this.#answer(effect);
    }
    this.onProgress();
    if (this.#appends.length > 0 && !this.#isAppending) this.#appendLater();
  }

  #answer(effect: AnswerEffect): void {
    const onAnswer = this.#answers.get(effect.token);
    assert(onAnswer !== undefined, () => `call ${effect.token} (${effect.api}) is answered twice, or after its end`);
    this.#answers.delete(effect.token);
    onAnswer(effect);
  }

  #appendLater(): void {
    this.#isAppending = true;
    // Now and then the log stalls beyond the deadline of those who wait for it.
    const delayMs = this.random.below(200) === 0 ? 2500 : this.random.below(20);
    this.after(delayMs, () => this.#finishAppend());
  }

  #finishAppend(): void {
    const batch = this.#appends;
    this.#appends = [];
    this.#isAppending = false;
    const fails = this.random.below(100) < this.appendFailurePercent;
    for (const { appendId, records } of batch) {
      if (fails) {
        this.#carryOut(this.core.appendFailed(appendId, 'COORDINATOR_NOT_AVAILABLE', this.moment()));
        continue;
      }
      for (const record of records) this.log.push({ ...record, offset: this.log.length });
      this.#carryOut(this.core.appended(appendId, this.moment()));
      if (this.random.below(statesKept) === 0) this.states.set(this.log.length, durableState(this.core));
    }
    if (this.#appends.length > 0 && !this.#isAppending) this.#appendLater();
  }
}

/** A core that has read the first records of a log. */
export function replayed(log: readonly StoredOffsetsRecord[], seed: number): PartitionCore {
  const core = new PartitionCore(options, createSeededRandom(seed));
  for (const record of log) core.replay(record);
  core.start({ monotonicMs: 0, wallTimeMs: 0 });
  return core;
}

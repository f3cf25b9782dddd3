import {
  applyCommand,
  type CommandAnswer,
  createMetadataStateMachine,
  createMetadataStore,
  type LeaderStatus,
  type MetadataCommand,
  type MetadataDelta,
  MetadataError,
  type MetadataStateMachine,
  type MetadataStore,
  type MetadataStoreOptions,
  type Proposer,
} from '@streambus/metadata';
import { createLocalProposer } from '@streambus/metadata/testing';
import { delay, StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';
import {
  createManualClock,
  createRecordingLogger,
  createSeededRandom,
  type ManualClock,
} from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';

type NodeFailureCode = 'LOST' | 'NOT_LEADER' | 'SESSION_EXPIRED' | 'TOO_LARGE';

class NodeFailure extends StreamBusError<NodeFailureCode> {
  constructor(code: NodeFailureCode, options: StreamBusErrorOptions) {
    super(code, `scripted ${code}`, options);
  }
}

/**
 * What one submission does: `apply` answers; `notLeader` and `tooLarge` reject; `applyThenLose` applies and loses the answer; `forgotten`
 * cannot tell what became of earlier ones;
 * `hang` does nothing until it is aborted; `hangApplied` applies and then does so.
 */
type Behaviour = 'apply' | 'notLeader' | 'tooLarge' | 'applyThenLose' | 'forgotten' | 'hang' | 'hangApplied';

interface ScriptedProposer extends Proposer {
  /** Taken from the front; when empty, {@link fallback}. */
  readonly script: Behaviour[];
  fallback: Behaviour;
  readonly submittedAtMs: number[];
  readonly concurrent: { now: number; most: number };
  abandoned: number;
  barriers: number;
  /** How long each preparation takes, in order; then none takes any time. */
  readonly prepareDelaysMs: number[];
  setLeader(status: LeaderStatus): void;
}

/** Sessions as raft-node keeps them: an identity is applied once, and its answer is remembered. */
function createScriptedProposer(machine: MetadataStateMachine, clock: ManualClock): ScriptedProposer {
  const listeners = new Set<(status: LeaderStatus) => void>();
  let status: LeaderStatus = { leaderId: 1, term: 1 };
  const proposer: ScriptedProposer = {
    script: [],
    fallback: 'apply',
    submittedAtMs: [],
    concurrent: { now: 0, most: 0 },
    abandoned: 0,
    barriers: 0,
    prepareDelaysMs: [],
    async prepare(command) {
      const delayMs = proposer.prepareDelaysMs.shift();
      if (delayMs !== undefined) await delay(clock, delayMs);
      let remembered: CommandAnswer | undefined;
      const apply = (): CommandAnswer => {
        remembered ??= machine.apply(command);
        return remembered;
      };
      return {
        async submit({ signal }) {
          proposer.submittedAtMs.push(clock.monotonicMs());
          proposer.concurrent.now += 1;
          proposer.concurrent.most = Math.max(proposer.concurrent.most, proposer.concurrent.now);
          try {
            await Promise.resolve();
            return await behave(proposer.script.shift() ?? proposer.fallback, apply, signal);
          } finally {
            proposer.concurrent.now -= 1;
          }
        },
        abandon() {
          proposer.abandoned += 1;
        },
      };
    },
    async readBarrier({ signal }) {
      proposer.barriers += 1;
      await behave(proposer.script.shift() ?? proposer.fallback, () => undefined, signal);
    },
    leaderStatus: () => status,
    onLeaderChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setLeader(next) {
      status = next;
      for (const listener of listeners) listener(next);
    },
  };
  return proposer;
}

async function behave<T>(behaviour: Behaviour, apply: () => T, signal: AbortSignal): Promise<T> {
  switch (behaviour) {
    case 'apply':
      return apply();
    case 'notLeader':
      throw new NodeFailure('NOT_LEADER', { outcome: 'rejected', retriable: true });
    case 'tooLarge':
      throw new NodeFailure('TOO_LARGE', { outcome: 'rejected' });
    case 'applyThenLose':
      apply();
      throw new NodeFailure('LOST', { outcome: 'unknown', retriable: true });
    case 'forgotten':
      throw new NodeFailure('SESSION_EXPIRED', { outcome: 'unknown' });
    case 'hangApplied':
      apply();
      return await untilAborted(signal);
    case 'hang':
      return await untilAborted(signal);
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

interface Bench {
  readonly clock: ManualClock;
  readonly machine: MetadataStateMachine;
  readonly proposer: ScriptedProposer;
  readonly store: MetadataStore;
  readonly logs: ReturnType<typeof createRecordingLogger>;
}

function bench(options: MetadataStoreOptions = {}): Bench {
  const clock = createManualClock();
  const logs = createRecordingLogger();
  const machine = createMetadataStateMachine();
  const proposer = createScriptedProposer(machine, clock);
  const dependencies = { proposer, stateMachine: machine, clock, random: createSeededRandom(1), logger: logs };
  return { clock, machine, proposer, logs, store: createMetadataStore(options, dependencies) };
}

const registration = {
  brokerId: 1,
  incarnation: 'first',
  endpoints: [{ listener: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }],
};

async function errorOf(promise: Promise<unknown>): Promise<MetadataError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MetadataError);
  return error as MetadataError;
}

describe('a command of the store', () => {
  it('resolves with the result of its kind', async () => {
    const { store } = bench();
    expect(await store.registerBroker(registration)).toEqual({ kind: 'registerBroker', epoch: 1, status: 'fenced' });
    expect(await store.unfenceBroker(registration)).toEqual({
      kind: 'unfenceBroker',
      movedLeaderCount: 0,
      leaderlessCount: 0,
    });
    expect(store.state.version).toBe(2);
  });

  it('throws a refusal by its code, and gives it as an answer to submit', async () => {
    const { store } = bench();
    const error = await errorOf(store.deleteTopic({ name: 'absent' }));
    expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC', outcome: 'rejected', retriable: false });
    expect(await store.submit<'deleteTopic'>({ kind: 'deleteTopic', name: 'absent' })).toMatchObject({
      status: 'refused',
      refusal: { code: 'UNKNOWN_TOPIC' },
    });
  });

  it('names the command of a batch that was refused', async () => {
    const { store } = bench();
    const commands = [
      { kind: 'registerBroker', ...registration },
      { kind: 'deleteTopic', name: 'absent' },
    ] as const;
    const error = await errorOf(store.batch({ commands }));
    expect(error.code).toBe('UNKNOWN_TOPIC');
    expect(error.message).toMatch(/^command 1: /);
    expect(store.state.version).toBe(0);
  });
});

describe('a command whose attempts fail', () => {
  it('is tried again after 50 ms, doubling up to 2 s, each wait at least half of that', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push(...new Array<Behaviour>(9).fill('notLeader'));
    await clock.until(store.registerBroker(registration));
    const waits = proposer.submittedAtMs.slice(1).map((atMs, index) => atMs - (proposer.submittedAtMs[index] ?? 0));
    const longest = [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000];
    expect(waits).toHaveLength(9);
    for (const [index, waitMs] of waits.entries()) {
      expect(waitMs).toBeGreaterThanOrEqual((longest[index] ?? 0) / 2);
      expect(waitMs).toBeLessThanOrEqual(longest[index] ?? 0);
    }
  });

  it('is applied once though two answers were lost', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push('applyThenLose', 'applyThenLose');
    const result = await clock.until(store.registerBroker(registration));
    expect(result.epoch).toBe(1);
    expect(store.state.version).toBe(1);
    expect(proposer.submittedAtMs).toHaveLength(3);
  });

  it('is tried again when an attempt gives no answer in its time', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push('hangApplied');
    await clock.until(store.registerBroker(registration));
    expect(store.state.version).toBe(1);
    expect(proposer.submittedAtMs[1]).toBeGreaterThanOrEqual(5_000);
  });

  it('keeps one identity though an earlier preparation comes in late', async () => {
    const { store, clock, proposer } = bench();
    proposer.prepareDelaysMs.push(6_000);
    proposer.script.push('applyThenLose', 'notLeader', 'notLeader', 'notLeader', 'notLeader', 'notLeader', 'notLeader');
    await clock.until(store.registerBroker(registration));
    expect(proposer.submittedAtMs.at(-1)).toBeGreaterThan(6_000);
    expect(store.state.version).toBe(1);
    expect(proposer.abandoned).toBe(1);
  });

  it('is tried again at once when a leader appears', async () => {
    const { store, clock, proposer } = bench();
    proposer.fallback = 'notLeader';
    const result = store.registerBroker(registration);
    await clock.advance(9_000);
    proposer.fallback = 'apply';
    const before = clock.monotonicMs();
    proposer.setLeader({ leaderId: undefined, term: 2 });
    proposer.setLeader({ leaderId: 2, term: 2 });
    await clock.settle();
    expect((await result).epoch).toBe(1);
    expect(proposer.submittedAtMs.at(-1)).toBe(before);
  });

  it('ends at its deadline as rejected when no attempt can have happened', async () => {
    const { store, clock, proposer } = bench();
    proposer.fallback = 'notLeader';
    const error = await clock.until(errorOf(store.registerBroker(registration, { timeoutMs: 3_000 })));
    expect(clock.monotonicMs()).toBe(3_000);
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', outcome: 'rejected', retriable: true });
    expect(error.message).toContain('scripted NOT_LEADER');
    expect(proposer.abandoned).toBe(1);
  });

  it('ends at its deadline as unknown when one attempt may have happened, though the last was rejected', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push('applyThenLose');
    proposer.fallback = 'notLeader';
    const error = await clock.until(errorOf(store.registerBroker(registration, { timeoutMs: 3_000 })));
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', outcome: 'unknown' });
  });

  it('ends as unknown when its deadline comes in the middle of an attempt', async () => {
    const { store, clock, proposer } = bench();
    proposer.fallback = 'hang';
    const error = await clock.until(errorOf(store.registerBroker(registration, { timeoutMs: 3_000 })));
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', outcome: 'unknown' });
  });

  it('ends at once when the proposer refuses it for good', async () => {
    const { store, proposer } = bench();
    proposer.script.push('tooLarge');
    const error = await errorOf(store.registerBroker(registration));
    expect(error).toMatchObject({ code: 'METADATA_REJECTED', outcome: 'rejected', retriable: false });
    expect(error.cause).toBeInstanceOf(NodeFailure);
  });

  it('ends at once when no attempt can tell any more whether an earlier one was applied', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push('applyThenLose', 'forgotten');
    const error = await clock.until(errorOf(store.registerBroker(registration)));
    expect(error).toMatchObject({ code: 'METADATA_OUTCOME_UNKNOWN', outcome: 'unknown', retriable: false });
    expect(error.cause).toBeInstanceOf(NodeFailure);
    expect(proposer.submittedAtMs).toHaveLength(2);
    expect(proposer.abandoned).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with the reason of the signal that the caller aborts', async () => {
    const { store, clock, proposer } = bench();
    proposer.fallback = 'notLeader';
    const controller = new AbortController();
    const result = store.registerBroker(registration, { signal: controller.signal });
    const caught = expect(result).rejects.toThrow('enough');
    await clock.advance(500);
    controller.abort(new Error('enough'));
    await caught;
    expect(proposer.abandoned).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('what is in flight', () => {
  it('is bounded, and those over the bound wait for their turn in order', async () => {
    const { store, proposer, machine } = bench({ maxInflightCommands: 4 });
    const order: number[] = [];
    machine.onDelta((delta) => order.push(...delta.brokersChanged));
    const calls = Array.from({ length: 50 }, (_, brokerId) => store.registerBroker({ ...registration, brokerId }));
    expect(store.inflightCount).toBe(50);
    await Promise.all(calls);
    expect(proposer.concurrent.most).toBe(4);
    expect(order).toEqual(Array.from({ length: 50 }, (_, brokerId) => brokerId));
    expect(store.inflightCount).toBe(0);
  });

  it('may be thousands of calls at once: all are answered, in their order', async () => {
    const { store, clock } = bench({ maxInflightCommands: 256, maxQueuedCommands: 2_000 });
    const count = 2_256;
    const calls = Array.from({ length: count }, (_, brokerId) => store.registerBroker({ ...registration, brokerId }));
    expect((await errorOf(store.registerBroker(registration))).code).toBe('METADATA_OVERLOADED');
    const epochs = (await Promise.all(calls)).map(({ epoch }) => epoch);
    expect(epochs).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(store.inflightCount).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is refused at once when too many wait', async () => {
    const { store, clock, proposer } = bench({ maxInflightCommands: 2, maxQueuedCommands: 3 });
    proposer.fallback = 'hang';
    const calls = [1_000, 1_000, 500, 500, 500].map((timeoutMs) =>
      errorOf(store.registerBroker(registration, { timeoutMs })),
    );
    const error = await errorOf(store.registerBroker(registration));
    expect(error).toMatchObject({ code: 'METADATA_OVERLOADED', outcome: 'rejected', retriable: true });
    expect(error.message).toContain('allowed are 2 and 3');
    const outcomes = (await clock.until(Promise.all(calls))).map((failure) => failure.outcome);
    expect(outcomes).toEqual(['unknown', 'unknown', 'rejected', 'rejected', 'rejected']);
  });
});

describe('the breaker', () => {
  it('opens when nothing has committed for its span, lets one call per interval through, and closes with the first success', async () => {
    const { store, clock, proposer, logs } = bench();
    proposer.fallback = 'notLeader';
    const first = store.registerBroker(registration, { timeoutMs: 60_000 });
    await clock.advance(14_000);
    expect(store.isBreakerOpen).toBe(true);

    const probe = errorOf(store.read({ barrier: true, timeoutMs: 500 }));
    const error = await errorOf(store.deleteTopic({ name: 'any' }));
    expect(error).toMatchObject({ code: 'METADATA_UNAVAILABLE', outcome: 'rejected', retriable: true });
    expect((await clock.until(probe)).code).toBe('METADATA_TIMEOUT');

    proposer.fallback = 'apply';
    await clock.until(first);
    expect(store.isBreakerOpen).toBe(false);
    await store.unfenceBroker(registration);
    expect(logs.lines.map((line) => line.message)).toEqual(['no metadata command commits', 'metadata commits again']);
  });

  it('opens as well when every call only runs out of its time', async () => {
    const { store, clock, proposer } = bench();
    proposer.fallback = 'hang';
    const hang = (): Promise<MetadataError> => errorOf(store.registerBroker(registration, { timeoutMs: 1_000 }));
    for (let call = 0; call < 11; call += 1) await clock.until(hang());
    expect(store.isBreakerOpen).toBe(true);
    const probe = hang();
    expect((await hang()).code).toBe('METADATA_UNAVAILABLE');
    expect((await clock.until(probe)).code).toBe('METADATA_TIMEOUT');
  });

  it('is not opened by one old failure', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push('tooLarge', 'notLeader');
    await errorOf(store.registerBroker(registration));
    const call = errorOf(store.registerBroker(registration, { timeoutMs: 20 }));
    await clock.advance(3_600_000);
    expect((await call).code).toBe('METADATA_TIMEOUT');
    expect(store.isBreakerOpen).toBe(false);
    await store.registerBroker(registration);
  });
});

describe('reads', () => {
  it('are local and at once without a barrier', async () => {
    const { store, proposer } = bench();
    expect(await store.read()).toBe(store.state);
    expect(proposer.barriers).toBe(0);
  });

  it('wait for a barrier where asked, which is tried again as commands are', async () => {
    const { store, clock, proposer } = bench();
    proposer.script.push('notLeader', 'hang');
    expect(await clock.until(store.read({ barrier: true }))).toBe(store.state);
    expect(proposer.barriers).toBe(3);
  });

  it('that failed are never of unknown outcome', async () => {
    const { store, clock, proposer } = bench();
    proposer.fallback = 'hang';
    const error = await clock.until(errorOf(store.read({ barrier: true, timeoutMs: 100 })));
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', outcome: 'rejected' });
  });
});

describe('a subscription', () => {
  it('begins with one delta to the present state and hears every later version in order', async () => {
    const { store } = bench();
    await store.registerBroker(registration);
    await store.unfenceBroker(registration);
    const deltas: MetadataDelta[] = [];
    const stop = store.subscribe((delta, state) => {
      expect(state.version).toBe(delta.version);
      deltas.push(delta);
    });
    await store.registerBroker({ ...registration, brokerId: 2 });
    await errorOf(store.deleteTopic({ name: 'absent' }));
    await store.registerBroker({ ...registration, brokerId: 3 });
    stop();
    await store.registerBroker({ ...registration, brokerId: 4 });
    expect(deltas.map((delta) => [delta.fromVersion, delta.version, delta.brokersChanged])).toEqual([
      [0, 2, [1]],
      [2, 3, [2]],
      [3, 4, [3]],
    ]);
  });

  it('hears of an installed snapshot what it changed', async () => {
    const { store, machine } = bench();
    const other = createMetadataStateMachine();
    const command: MetadataCommand = { kind: 'registerBroker', ...registration };
    other.apply(command);
    other.apply({ ...command, brokerId: 2 });
    machine.apply(command);
    const heard: MetadataDelta[] = [];
    store.subscribe((delta) => heard.push(delta));
    machine.restore(other.snapshot());
    expect(heard.at(-1)).toMatchObject({ fromVersion: 1, version: 2, brokersChanged: [2] });
    expect(store.state).toBe(other.state);
  });

  it('that throws is logged and takes nothing from the others', async () => {
    const { machine, store } = bench();
    const logger = createRecordingLogger();
    const noisy = createMetadataStateMachine({ logger });
    const heard: number[] = [];
    noisy.onDelta(() => {
      throw new Error('broken listener');
    });
    noisy.onDelta((delta) => heard.push(delta.version));
    noisy.apply({ kind: 'registerBroker', ...registration });
    expect(heard).toEqual([1]);
    expect(logger.lines).toHaveLength(1);
    expect(machine.state).toBe(store.state);
  });
});

describe('waiting for a stable leader', () => {
  it('begins again with every change of leader or term', async () => {
    const { store, clock, proposer } = bench();
    const stable = store.waitForStableLeader({ forMs: 1_000 });
    await clock.advance(900);
    proposer.setLeader({ leaderId: 2, term: 2 });
    await clock.advance(900);
    proposer.setLeader({ leaderId: undefined, term: 3 });
    await clock.advance(5_000);
    proposer.setLeader({ leaderId: 2, term: 3 });
    expect(await clock.until(stable)).toEqual({ leaderId: 2, term: 3 });
    expect(clock.monotonicMs()).toBe(7_800);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends at its deadline', async () => {
    const { store, clock, proposer } = bench();
    proposer.setLeader({ leaderId: undefined, term: 3 });
    const error = await clock.until(errorOf(store.waitForStableLeader({ forMs: 10, timeoutMs: 2_000 })));
    expect(error.code).toBe('METADATA_TIMEOUT');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a store that is closed', () => {
  it('ends every call and subscription, and leaves no timer', async () => {
    const { store, clock, proposer, machine } = bench({ maxInflightCommands: 1 });
    proposer.fallback = 'hang';
    const heard: number[] = [];
    store.subscribe((delta) => heard.push(delta.version));
    const calls = [
      errorOf(store.registerBroker(registration)),
      errorOf(store.registerBroker(registration)),
      errorOf(store.waitForStableLeader({ forMs: 1_000 })),
    ];
    await clock.settle();
    store.close();
    const errors = await Promise.all(calls);
    expect(errors.map((error) => [error.code, error.outcome])).toEqual([
      ['METADATA_CLOSED', 'unknown'],
      ['METADATA_CLOSED', 'rejected'],
      ['METADATA_CLOSED', 'rejected'],
    ]);
    expect((await errorOf(store.registerBroker(registration))).code).toBe('METADATA_CLOSED');
    machine.apply({ kind: 'registerBroker', ...registration });
    expect(heard).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the options of a store', () => {
  it('are refused with their name, their value and what is allowed', () => {
    expect(() => bench({ timeoutMs: 0 })).toThrow('timeoutMs is 0; it must be an integer from 1 on');
    expect(() => bench({ minBackoffMs: 100, maxBackoffMs: 99 })).toThrow('maxBackoffMs is 99; it must be at least');
  });
});

describe('the local proposer', () => {
  it('applies to its state machine as applyCommand does', async () => {
    const machine = createMetadataStateMachine();
    const proposer = createLocalProposer(machine);
    const before = machine.state;
    const command: MetadataCommand = { kind: 'registerBroker', ...registration };
    const signal = new AbortController().signal;
    const proposal = await proposer.prepare(command, { signal });
    const answer = await proposal.submit({ signal });
    expect(answer).toEqual(applyCommand(before, command).answer);
    expect(await proposal.submit({ signal })).toBe(answer);
    expect(machine.state.version).toBe(1);
  });
});

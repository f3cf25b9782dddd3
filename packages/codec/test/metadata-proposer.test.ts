import {
  createMetadataLogStateMachine,
  createMetadataProposer,
  type LogSession,
  type ReplicatedLog,
} from '@streambus/codec';
import {
  createMetadataStateMachine,
  createMetadataStore,
  type LeaderStatus,
  type MetadataCommand,
  type MetadataStateMachine,
} from '@streambus/metadata';
import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';
import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';

type NodeFailureCode = 'ABORTED' | 'LOST' | 'NODE_SESSION_EXPIRED' | 'NOT_LEADER';

class NodeFailure extends StreamBusError<NodeFailureCode> {
  constructor(code: NodeFailureCode, options: StreamBusErrorOptions = {}) {
    super(code, code, options);
  }
}

/** A log of one node: applies at once, keeps sessions as a replicated table does, and fails when told to. */
interface TestLog extends ReplicatedLog {
  readonly machine: MetadataStateMachine;
  opened: number;
  barriers: number;
  abandoned: number;
  /** What the next openings do, from the front: fail, or wait until the signal ends them. Then they succeed. */
  readonly openings: ('fail' | 'hang')[];
  /** What the next submissions do. `lose`: apply, and lose the answer. */
  readonly submissions: ('notLeader' | 'lose' | 'garbage')[];
  expireSessions(): void;
  setLeader(leader: number, term: number): void;
  announce(): void;
}

function createTestLog(): TestLog {
  const machine = createMetadataStateMachine();
  const bytes = createMetadataLogStateMachine(machine);
  const listeners = new Set<() => void>();
  let status = { leader: 1, term: 1 };
  let live = new Set<LogSession>();
  const log: TestLog = {
    machine,
    opened: 0,
    barriers: 0,
    abandoned: 0,
    openings: [],
    submissions: [],
    async openSession({ maxOutstanding, signal }) {
      expect(maxOutstanding).toBe(1024);
      const opening = log.openings.shift();
      if (opening === 'fail') throw new NodeFailure('NOT_LEADER', { retriable: true });
      if (opening === 'hang') {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new NodeFailure('ABORTED', { cause: signal.reason })));
        });
      }
      log.opened += 1;
      const session: LogSession = { prepare: (data) => proposalOf(session, data) };
      live.add(session);
      return session;
    },
    async readBarrier() {
      log.barriers += 1;
      return 7;
    },
    status: () => status,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    expireSessions() {
      live = new Set();
    },
    setLeader(leader, term) {
      status = { leader, term };
      log.announce();
    },
    announce() {
      for (const listener of listeners) listener();
    },
  };
  const proposalOf = (session: LogSession, data: Uint8Array): ReturnType<LogSession['prepare']> => {
    let answer: Uint8Array | undefined;
    let mayBeApplied = false;
    return {
      async submit() {
        if (!live.has(session)) {
          const outcome = mayBeApplied ? 'unknown' : 'rejected';
          // It says so once, as a session's proposal does that is ended then.
          mayBeApplied = false;
          throw new NodeFailure('NODE_SESSION_EXPIRED', { outcome });
        }
        const behaviour = log.submissions.shift();
        if (behaviour === 'notLeader') throw new NodeFailure('NOT_LEADER', { retriable: true });
        if (behaviour === 'garbage') return Uint8Array.of(0xff);
        answer ??= bytes.apply({ data });
        mayBeApplied = true;
        if (behaviour === 'lose') throw new NodeFailure('LOST', { outcome: 'unknown', retriable: true });
        return answer;
      },
      abandon() {
        log.abandoned += 1;
      },
    };
  };
  return log;
}

const command: MetadataCommand = {
  kind: 'registerBroker',
  brokerId: 1,
  incarnation: 'first',
  endpoints: [{ listener: 'PLAINTEXT', host: 'localhost', port: 9092 }],
};
const { signal } = new AbortController();

describe('proposing metadata to a replicated log', () => {
  it('opens one session for all, and gives the answer of the state machine', async () => {
    const log = createTestLog();
    const proposer = createMetadataProposer(log);
    const proposals = await Promise.all([1, 2, 3].map(() => proposer.prepare(command, { signal })));
    const answers = await Promise.all(proposals.map((proposal) => proposal.submit({ signal })));
    expect(answers.map((answer) => answer.version)).toEqual([1, 2, 3]);
    expect(log.opened).toBe(1);
  });

  it('applies once what is submitted again after its answer was lost', async () => {
    const log = createTestLog();
    log.submissions.push('lose');
    const proposal = await createMetadataProposer(log).prepare(command, { signal });
    await expect(proposal.submit({ signal })).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await proposal.submit({ signal })).toMatchObject({ status: 'applied', version: 1 });
    expect(log.machine.state.version).toBe(1);
  });

  it('carries over into another session what certainly was not applied in one that is gone', async () => {
    const log = createTestLog();
    const proposer = createMetadataProposer(log);
    const proposals = await Promise.all([1, 2].map(() => proposer.prepare(command, { signal })));
    log.expireSessions();
    const answers = await Promise.all(proposals.map((proposal) => proposal.submit({ signal })));
    expect(answers.map((answer) => answer.version)).toEqual([1, 2]);
    expect(log.opened).toBe(2);
  });

  it('does not carry over what may have been applied, however often it is submitted', async () => {
    const log = createTestLog();
    log.submissions.push('lose');
    const proposer = createMetadataProposer(log);
    const proposal = await proposer.prepare(command, { signal });
    await expect(proposal.submit({ signal })).rejects.toMatchObject({ retriable: true });
    log.expireSessions();
    for (const _ of [1, 2]) {
      await expect(proposal.submit({ signal })).rejects.toMatchObject({ outcome: 'unknown', retriable: false });
    }
    expect(log.machine.state.version).toBe(1);
    const next = await proposer.prepare(command, { signal });
    expect(await next.submit({ signal })).toMatchObject({ version: 2 });
  });

  it('lets the next one open a session when whoever was about to failed or gave up', async () => {
    const log = createTestLog();
    log.openings.push('fail');
    const proposer = createMetadataProposer(log);
    const [first, second] = await Promise.allSettled([1, 2].map(() => proposer.prepare(command, { signal })));
    expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled']);

    log.expireSessions();
    const other = createTestLog();
    other.openings.push('hang');
    const impatient = new AbortController();
    const otherProposer = createMetadataProposer(other);
    const pending = [impatient.signal, signal].map((each) => otherProposer.prepare(command, { signal: each }));
    const settling = Promise.allSettled(pending);
    impatient.abort(new Error('enough'));
    const [gaveUp, opened] = await settling;
    expect([gaveUp?.status, opened?.status]).toEqual(['rejected', 'fulfilled']);
    expect(other.opened).toBe(1);
  });

  it('counts an answer that cannot be read as one', async () => {
    const log = createTestLog();
    log.submissions.push('garbage');
    const proposal = await createMetadataProposer(log).prepare(command, { signal });
    await expect(proposal.submit({ signal })).rejects.toMatchObject({ code: 'CODEC_MALFORMED', outcome: 'unknown' });
  });

  it('refuses at once what cannot be written, and abandons what is given up', async () => {
    const log = createTestLog();
    const proposer = createMetadataProposer(log);
    const half: MetadataCommand = { kind: 'unregisterBroker', brokerId: 0.5 };
    await expect(proposer.prepare(half, { signal })).rejects.toMatchObject({ code: 'CODEC_NOT_ENCODABLE' });
    expect(log.opened).toBe(0);
    (await proposer.prepare(command, { signal })).abandon();
    expect(log.abandoned).toBe(1);
  });

  it('tells who leads, once per change, and hands barriers down', async () => {
    const log = createTestLog();
    const proposer = createMetadataProposer(log);
    const heard: LeaderStatus[] = [];
    const stop = proposer.onLeaderChange((status) => heard.push(status));
    log.announce();
    log.setLeader(0, 2);
    log.announce();
    log.setLeader(3, 2);
    stop();
    log.setLeader(1, 4);
    expect(heard).toEqual([
      { leaderId: undefined, term: 2 },
      { leaderId: 3, term: 2 },
    ]);
    expect(proposer.leaderStatus()).toEqual({ leaderId: 1, term: 4 });
    await proposer.readBarrier({ signal });
    expect(log.barriers).toBe(1);
  });

  it('is what a store needs, through failures and a session that ends', async () => {
    const log = createTestLog();
    log.openings.push('fail', 'fail');
    log.submissions.push('notLeader', 'lose', 'notLeader');
    const clock = createManualClock();
    const proposer = createMetadataProposer(log);
    const dependencies = { proposer, stateMachine: log.machine, clock, random: createSeededRandom(1) };
    const store = createMetadataStore({}, dependencies);
    const { kind: _, ...fields } = command;
    expect(await clock.until(store.registerBroker(fields))).toMatchObject({ epoch: 1 });
    log.expireSessions();
    await clock.until(store.unfenceBroker({ brokerId: 1, incarnation: 'first' }));
    expect(store.state.version).toBe(2);
    store.close();
  });
});

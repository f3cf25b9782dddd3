import { hashMetadataState } from '@streambus/codec';
import { answerCalls } from '@streambus-testing/harness';
import { hostMetadataNode, type MetadataNodeFunctions } from '../../src/index.ts';
import { type Sample, Samples } from './samples.ts';
import { activeBrokers, incarnationOf, problemAtTheEnd, type StepName, steps } from './steps.ts';

/** A share of a step: numbers from `first` on, below `count`, each `stride` after the one before. */
export interface Share {
  readonly step: StepName;
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}

/** What came of a share. */
export interface ShareOutcome {
  /** The version that each command made. */
  readonly versions: readonly number[];
  /** Commands that were refused or failed, in words. */
  readonly problems: readonly string[];
}

/** What a node has at the end. */
export interface FinalContent {
  readonly version: number;
  readonly hash: string;
  readonly brokers: number;
  readonly topics: number;
  readonly problems: readonly string[];
}

/** What the test asks a node's process. */
export interface ReplicationFunctions extends MetadataNodeFunctions {
  /** Makes brokers active. @returns the version that this made */
  unfence(): Promise<number>;
  /** Proposes all of a share at once. */
  propose(share: Share): Promise<ShareOutcome>;
  /** One of the answers of the share under way; undefined when there are no more. */
  nextSample(): Promise<Sample | undefined>;
  /** What a barrier read shows of a number. */
  look(what: Pick<Sample, 'step' | 'number'>): Promise<Pick<Sample, 'version'> & { readonly shown: unknown }>;
  /** What a barrier read shows of all numbers below `count`. */
  verify(count: number): Promise<FinalContent>;
}

const host = hostMetadataNode();
let samples = new Samples();
const samplesPerShare = 20;
const maxProblems = 10;

answerCalls<ReplicationFunctions>({
  ...host.functions,

  async unfence() {
    const brokers = Array.from({ length: activeBrokers }, (_, number) => number);
    const { store } = host.node;
    const { status, version } = await store.submit({
      kind: 'batch',
      commands: brokers.map((number) => ({
        kind: 'unfenceBroker',
        brokerId: number + 1,
        incarnation: incarnationOf(number),
      })),
    });
    if (status === 'refused') throw new Error('the brokers were refused');
    return version;
  },

  async propose(share) {
    const { store } = host.node;
    samples = new Samples();
    // Who reads epochs has to see what was answered to others.
    await store.read({ barrier: true });
    const versions: number[] = [];
    const problems: string[] = [];
    await Promise.all(numbersOf(share).map((number) => proposeOne(share, number, versions, problems)));
    samples.end();
    return { versions, problems: problems.slice(0, maxProblems) };
  },

  nextSample: () => samples.next(),

  async look({ step, number }) {
    const state = await host.node.store.read({ barrier: true });
    return { version: state.version, shown: steps[step].shown(number, state) };
  },

  async verify(count) {
    const state = await host.node.store.read({ barrier: true });
    const { version, brokers, topics } = state;
    const problems = Array.from({ length: count }, (_, number) => problemAtTheEnd(number, state));
    return {
      version,
      hash: hashMetadataState(state),
      brokers: brokers.size,
      topics: topics.size,
      problems: problems.filter((problem) => problem !== undefined).slice(0, maxProblems),
    };
  },
});

async function proposeOne(share: Share, number: number, versions: number[], problems: string[]): Promise<void> {
  const { store } = host.node;
  const { step, first, stride, count } = share;
  const { command, answered } = steps[step];
  try {
    const answer = await store.submit(command(number, store.state));
    if (answer.status === 'refused') throw new Error(answer.refusal.message);
    versions.push(answer.version);
    const every = Math.ceil(count / stride / samplesPerShare);
    if (((number - first) / stride) % every !== 0) return;
    samples.add({ step, number, version: answer.version, answered: answered(number, answer.result) });
  } catch (error) {
    problems.push(`${step} ${number}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

function numbersOf({ first, stride, count }: Share): number[] {
  return Array.from({ length: Math.ceil((count - first) / stride) }, (_, index) => first + index * stride);
}

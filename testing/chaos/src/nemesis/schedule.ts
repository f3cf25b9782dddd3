import { createSeededRandom, type SeededRandom } from '@streambus/runtime/testing';
import { type Fault, type FaultKind, pick } from './fault.ts';
import { type NemesisKind, nemesisKinds } from './nemesis-kinds.ts';

/** A fault and its time. Milliseconds from the beginning. */
export interface PlannedFault {
  readonly kind: string;
  /** How many nodes may be struck at that time, these included. */
  readonly maxStruck: number;
  readonly atMs: number;
  readonly untilMs: number;
  readonly victims: readonly number[];
  readonly fault: Fault;
}

/** A time in which the cluster has to serve all along, because a majority is whole; or in which it need not. */
export interface Phase {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reach: 'minority' | 'any';
}

/** All that a nemesis will do. */
export interface Schedule {
  readonly durationMs: number;
  readonly phases: readonly Phase[];
  /** In the order of their times. */
  readonly faults: readonly PlannedFault[];
}

/** What a schedule is made of. */
export interface ScheduleOptions {
  readonly seed: number;
  readonly kind: NemesisKind;
  readonly nodes: readonly number[];
  readonly durationMs: number;
}

const everyMs = 1000;
/** When all are struck that may be, it is tried again so soon. */
const againMs = 200;
const minorityPhaseMs = 12_000;
const anyPhaseMs = 6000;
/** A node that was struck counts as struck for so much longer: its process has to start, its connections have to come back. */
const recoveryMs = 700;

/** Draws all faults: one about every second. What comes out depends on nothing but the options. */
export function planFaults({ seed, kind, nodes, durationMs }: ScheduleOptions): Schedule {
  const random = createSeededRandom(seed);
  const phases = planPhases(durationMs);
  const faults: PlannedFault[] = [];
  for (let atMs = everyMs / 2; atMs < durationMs; ) {
    const phase = phases.find(({ toMs }) => atMs < toMs);
    if (phase === undefined) break;
    const planned = drawFault({ atMs, phase, random, nodes, kinds: nemesisKinds[kind], faults });
    if (planned !== undefined) faults.push(planned);
    atMs += planned === undefined ? againMs : everyMs;
  }
  return { durationMs, phases, faults };
}

/** Of a short run too both reaches are part. */
function planPhases(durationMs: number): readonly Phase[] {
  const phases: Phase[] = [];
  const scale = Math.min(1, durationMs / (minorityPhaseMs + anyPhaseMs));
  for (let fromMs = 0; fromMs < durationMs; ) {
    const reach = phases.length % 2 === 0 ? 'minority' : 'any';
    const lengthMs = Math.ceil(scale * (reach === 'minority' ? minorityPhaseMs : anyPhaseMs));
    const toMs = Math.min(durationMs, fromMs + lengthMs);
    phases.push({ fromMs, toMs, reach });
    fromMs = toMs;
  }
  return phases;
}

interface Draw {
  readonly atMs: number;
  readonly phase: Phase;
  readonly random: SeededRandom;
  readonly nodes: readonly number[];
  readonly kinds: readonly FaultKind[];
  readonly faults: readonly PlannedFault[];
}

function drawFault({ atMs, phase, random, nodes, kinds, faults }: Draw): PlannedFault | undefined {
  const kind = pick(random, kinds);
  const lasting = faults.filter(({ untilMs }) => untilMs > atMs);
  const struck = struckNodes(faults.filter(({ untilMs }) => untilMs + recoveryMs > atMs));
  const victims = drawVictims({ phase, random, nodes, struck, kind });
  // Nothing happens to a process that is dead, and nothing more to one that is stopped.
  const left = victims.filter((victim) => {
    return !lasting.some(
      (other) => other.victims.includes(victim) && (other.kind === 'kill' || other.kind === kind.name),
    );
  });
  const untilMs = Math.min(atMs + kind.durationMs(random), phase.toMs);
  if (left.length === 0) return undefined;
  const maxStruck = phase.reach === 'any' ? nodes.length : minorityOf(nodes);
  const fault = kind.strike({ random, nodes, victims: left });
  return { kind: kind.name, maxStruck, atMs, untilMs, victims: left, fault };
}

function minorityOf(nodes: readonly number[]): number {
  return Math.ceil(nodes.length / 2) - 1;
}

function struckNodes(faults: readonly PlannedFault[]): readonly number[] {
  return [...new Set(faults.flatMap(({ victims }) => victims))];
}

interface Choice extends Pick<Draw, 'phase' | 'random' | 'nodes'> {
  readonly struck: readonly number[];
  readonly kind: FaultKind;
}

function drawVictims({ phase, random, nodes, struck, kind }: Choice): readonly number[] {
  if (phase.reach === 'any') {
    const count = random.below(3) === 0 ? nodes.length : 1 + random.below(nodes.length - 1);
    return shuffled(random, nodes).slice(0, count);
  }
  if (struck.length < minorityOf(nodes)) return [pick(random, nodes)];
  // Rarely: the others are to have their turn.
  return kind.hitsTheStruck && random.below(6) === 0 ? [pick(random, struck)] : [];
}

function shuffled<Value>(random: SeededRandom, values: readonly Value[]): readonly Value[] {
  const left = [...values];
  return values.map(() => left.splice(random.below(left.length), 1)[0] as Value);
}

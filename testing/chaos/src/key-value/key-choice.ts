import type { SeededRandom } from '@streambus/runtime/testing';
import { machineMs } from '../processes/machine-time.ts';

const slots = 16;
/** Keys are given up for new ones, by the clock that all clients share, so that no history of a key gets too long to be checked. */
const generationMs = 4000;

/** A key that others use at the same time; now and then one of those before. */
export function chooseKey(random: SeededRandom): string {
  const generation = Math.floor(machineMs() / generationMs) - (random.below(10) === 0 ? 1 : 0);
  return `${generation}.${random.below(slots)}`;
}

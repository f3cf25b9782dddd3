import { decodeMessage, encodeMessage } from '@streambus/codec';
import { createMessage, EntryType, logIndex, MessageType, nodeId, term } from '@streambus/raft';

/** Nanoseconds of processor time per operation, the least of eleven rounds: what else runs on the machine hardly counts. */
function measure(name: string, work: () => unknown): void {
  const repetitions = 100_000;
  const rounds = Array.from({ length: 11 }, () => {
    const start = process.cpuUsage();
    for (let repetition = 0; repetition < repetitions; repetition += 1) work();
    const { user, system } = process.cpuUsage(start);
    return ((user + system) * 1000) / repetitions;
  });
  console.log(`${name}: ${Math.round(Math.min(...rounds))} ns`);
}

const message = createMessage({
  type: MessageType.append,
  to: nodeId(2),
  from: nodeId(1),
  term: term(12),
  logTerm: term(12),
  index: logIndex(1_234_566),
  commit: logIndex(1_234_560),
  entries: [{ term: term(12), index: logIndex(1_234_567), type: EntryType.normal, data: new Uint8Array(128).fill(7) }],
});
const bytes = encodeMessage(message);

console.log(`an append message of ${bytes.length} bytes, one entry of 128 bytes of data`);
measure('encode', () => encodeMessage(message));
measure('decode', () => decodeMessage(bytes));

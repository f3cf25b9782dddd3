/**
 * An idempotent producer as a process of its own: five requests in flight, and after each loss of the connection everything
 * unacknowledged again, in order, with the same sequences. Prints a line for each batch that was acknowledged; SIGTERM lets it
 * finish.
 *
 * node idempotent-writer.ts PORT TOPIC PARTITIONS NAME SEED
 */
import { createSeededRandom } from './seeded-random.ts';
import { encodeSequenced, initProducerId, ProtocolError, produce } from './wire-calls.ts';
import { reopenWireConnection, type WireConnection } from './wire-connection.ts';

const maxInflight = 5;

interface Batch {
  readonly partition: number;
  /** The number of its first record: its sequence too. */
  readonly first: number;
  readonly count: number;
  readonly records: Uint8Array;
}

const [port = '', topic = '', partitions = '', name = '', seed = ''] = process.argv.slice(2);
const random = createSeededRandom(Number(seed));
const nextNumbers = Array.from({ length: Number(partitions) }, () => 0);
const unacknowledged: Batch[] = [];
let producerId = -1;
let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});

function makeBatch(): Batch {
  const partition = random.below(nextNumbers.length);
  const first = nextNumbers[partition] ?? 0;
  const count = random.between(1, 20);
  const filler = 'x'.repeat(random.below(200));
  nextNumbers[partition] = first + count;
  const values = Array.from({ length: count }, (_, index) => `${name}:${first + index}:${filler}`);
  return { partition, first, count, records: encodeSequenced(producerId, first, values) };
}

/** Sends until the connection is lost, or all is done. */
async function sendOn(connection: WireConnection): Promise<void> {
  if (producerId < 0) producerId = await initProducerId(connection);
  const answers: Promise<number>[] = [];
  for (;;) {
    while (!isStopping && unacknowledged.length < maxInflight) unacknowledged.push(makeBatch());
    for (const batch of unacknowledged.slice(answers.length)) {
      const answer = produce(connection, topic, batch.partition, batch.records);
      answer.catch(() => {});
      answers.push(answer);
    }
    const [first] = unacknowledged;
    if (first === undefined) return;
    const offset = await answers.shift();
    unacknowledged.shift();
    process.stdout.write(`acknowledged ${first.partition} ${first.first} ${first.count} ${offset}\n`);
  }
}

while (!isStopping || unacknowledged.length > 0) {
  using connection = await reopenWireConnection(Number(port));
  try {
    await sendOn(connection);
  } catch (thrown) {
    // A lost connection is what this is about. A refusal is not: nothing was sent that the broker may refuse.
    if (thrown instanceof ProtocolError) throw thrown;
  }
}
process.stdout.write('finished\n');
process.exit(0);

/**
 * Commits one offset after the other for a group, over lost connections; prints each that was acknowledged. SIGTERM lets it
 * finish the last.
 *
 * node offset-committer.ts PORT TOPIC GROUP
 */
import { commitOffset, findCoordinator, ProtocolError } from './wire-calls.ts';
import { reopenWireConnection } from './wire-connection.ts';

const [port = '', topic = '', group = ''] = process.argv.slice(2);
let next = 0;
let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});

while (!isStopping) {
  using connection = await reopenWireConnection(Number(port));
  try {
    await findCoordinator(connection, group);
    while (!isStopping) {
      await commitOffset(connection, group, topic, next);
      process.stdout.write(`committed ${next}\n`);
      next++;
    }
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown;
  }
}
process.stdout.write('finished\n');
process.exit(0);

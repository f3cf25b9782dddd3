import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCodes, errorTable } from '@streambus/kafka';
import { makeTemporaryFolder, runProgram, startBrokerProcess } from '@streambus-testing/harness';
import { expect, it, vi } from 'vitest';
import {
  createTopic,
  encodeSequenced,
  initProducerId,
  ProtocolError,
  produce,
  readPartition,
} from '../src/wire-calls.ts';
import { openWireConnection } from '../src/wire-connection.ts';

const diskBytes = 8 * 1024 * 1024;
const batchValues = Array.from({ length: 64 }, () => 'z'.repeat(1000));

async function mount(folder: string): Promise<boolean> {
  const options = ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', folder];
  return runProgram('mount', options).then(
    ({ code }) => code === 0,
    () => false,
  );
}

async function unmount(folder: string): Promise<void> {
  await runProgram('umount', ['-l', folder]);
}

async function canMount(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'streambus-mount-'));
  const mounted = await mount(folder);
  if (mounted) await unmount(folder);
  rmdirSync(folder);
  return mounted;
}

const mayMount = await canMount();

/** Takes all space that is left; gives it back when the file is removed. */
async function takeAllSpace(path: string): Promise<void> {
  await using file = await open(path, 'w');
  for (let pieceBytes = 64 * 1024; pieceBytes >= 1; pieceBytes = Math.floor(pieceBytes / 2)) {
    try {
      for (;;) await file.write(Buffer.alloc(pieceBytes));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
    }
  }
}

it.skipIf(!mayMount)(
  `a full disk${mayMount ? '' : ' (skipped: file systems cannot be mounted here)'}: writes are refused with a retriable error, reads go on, health says so, and with space again nothing that was acknowledged is missing`,
  async () => {
    await using folder = await makeTemporaryFolder();
    const disk = join(folder.path, 'disk');
    mkdirSync(disk);
    expect(await mount(disk)).toBe(true);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => unmount(disk));
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(diskBytes / 2));

    const dataDir = join(disk, 'data');
    const start = () => startBrokerProcess({ dataDir, settings: ['offsets.topic.num.partitions=1'] });
    let broker = await start();
    stack.defer(() => broker.kill());
    const ready = async (): Promise<number> => (await fetch(`${broker.adminUrl}/health/ready`)).status;
    await createTopic(broker.port, 'full', 1);
    await createTopic(broker.port, 'empty', 1);
    using connection = await openWireConnection(broker.port);
    const producerId = await initProducerId(connection);
    let acknowledged = 0;
    const write = (): Promise<number> =>
      produce(connection, 'full', 0, encodeSequenced(producerId, acknowledged, batchValues));
    const refusal = async (work: Promise<unknown>): Promise<string> => {
      try {
        await work;
        return 'none';
      } catch (thrown) {
        if (thrown instanceof ProtocolError) return thrown.code;
        throw thrown;
      }
    };
    const expectAllReadable = async (): Promise<void> => {
      const { records, highWatermark } = await readPartition(broker.port, 'full', 0);
      expect(highWatermark).toBe(acknowledged);
      expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: acknowledged }, (_, index) => index));
    };

    let code = 'none';
    for (;;) {
      code = await refusal(write());
      if (code !== 'none') break;
      acknowledged += batchValues.length;
    }
    expect(acknowledged).toBeGreaterThan(0);
    expect(code).toBe('KAFKA_STORAGE_ERROR');
    expect(errorTable.find((error) => error.code === errorCodes.KAFKA_STORAGE_ERROR)?.retriable).toBe(true);
    await takeAllSpace(join(disk, 'rest'));
    for (let count = 0; count < 3; count++) expect(await refusal(write())).toBe('KAFKA_STORAGE_ERROR');
    expect(await refusal(produce(connection, 'empty', 0, encodeSequenced(-1, -1, ['x'.repeat(5000)])))).toBe(
      'KAFKA_STORAGE_ERROR',
    );
    await expectAllReadable();
    expect(await ready()).toBe(503);
    expect((await fetch(`${broker.adminUrl}/health/live`)).status).toBe(200);

    // Some topics fit into pages that are there; what the metadata has no room for is refused.
    const created: string[] = [];
    for (code = 'none'; code === 'none'; ) {
      const name = `late-${created.length}`;
      code = await refusal(createTopic(broker.port, name, 1, { timeoutMs: 500 }));
      if (code === 'none') created.push(name);
    }
    expect(code).toBe('REQUEST_TIMED_OUT');
    expect(await (await fetch(`${broker.adminUrl}/health/ready`)).text()).toContain('full');

    await rm(ballast);
    // The batch that was refused, with the same sequence: nothing of it had been kept.
    expect(await write()).toBe(acknowledged);
    acknowledged += batchValues.length;
    await produce(connection, 'empty', 0, encodeSequenced(-1, -1, ['there is room']));
    for (const name of created) await produce(connection, name, 0, encodeSequenced(-1, -1, [`in ${name}`]));
    await vi.waitFor(() => createTopic(broker.port, 'afterwards', 1), { timeout: 10_000 });
    expect(await ready()).toBe(200);
    await expectAllReadable();

    await broker.kill();
    broker = await start();
    await expectAllReadable();
    expect((await readPartition(broker.port, 'empty', 0)).records).toEqual([{ offset: 0, value: 'there is room' }]);
  },
  60_000,
);

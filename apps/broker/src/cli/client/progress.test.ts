import { PassThrough } from 'node:stream';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.ts';

function setUp(isTerminal: boolean) {
  const clock = createManualClock();
  const stderr = Object.assign(new PassThrough(), { isTTY: isTerminal });
  return { clock, shown: () => String(stderr.read() ?? ''), context: { clock, stderr } };
}

describe('progress', () => {
  it('is shown on a terminal when work is long, and taken away at its end', async () => {
    const { clock, shown, context } = setUp(true);
    const progress = createProgress(context, 'sent', true);
    progress.add(1500, 3 * 1024 * 1024);
    await clock.advance(500);
    expect(shown()).toBe('');
    await clock.advance(100);
    expect(shown()).toBe('\r\u001b[Ksent 1,500 records, 3.0 MiB, 2,500 records/s');
    progress.end();
    expect(shown()).toBe('\r\u001b[K');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not shown where nobody watches', async () => {
    const { clock, shown, context } = setUp(false);
    const progress = createProgress(context, 'sent', true);
    progress.add(1, 1);
    await clock.advance(5000);
    progress.end();
    expect([shown(), progress.total]).toEqual(['', { records: 1, bytes: 1, elapsedMs: 5000 }]);
  });
});

import { permille } from '../process-usage.ts';
import type { TransportFuzzReport } from './fuzz-transport.ts';

const mib = 1024 * 1024;

/** Prints what a run has found, for people. */
export function printTransportReport(report: TransportFuzzReport): void {
  for (const [name, value] of [...attackRows(report), ...victimRows(report)])
    console.log(`${name.padEnd(40)} ${value}`);
  if (report.problems.length === 0) console.log('all is well');
  for (const problem of report.problems) console.log(`PROBLEM: ${problem}`);
}

type Row = readonly [string, string];

function attackRows({ counts, seconds, comparedMessages, refused }: TransportFuzzReport): Row[] {
  const stages = Object.entries(counts);
  const bytes = stages.reduce((sum, [, stage]) => sum + stage.bytes, 0);
  const connections = stages.reduce((sum, [, stage]) => sum + stage.connections, 0);
  return [
    ['attack', `${bytes} bytes over ${connections} connections; the run took ${seconds.toFixed(0)} s`],
    ...stages.flatMap(([name, stage]): Row[] => [
      [name, `${stage.bytes} bytes, ${stage.connections} connections, ${stage.ended} seen to be ended by the victim`],
      ...Object.entries(stage.kinds).map(([kind, count]): Row => [`    ${kind}`, `${count}`]),
    ]),
    ['messages compared with what was sent', `${comparedMessages}`],
    [
      'refusals compared with the only right one',
      `${stages.reduce((sum, [, stage]) => sum + stage.checkedAnswers, 0)}`,
    ],
    ...Object.entries(refused).flatMap(([reason, count]): Row[] =>
      count === 0 ? [] : [[`refused: ${reason}`, `${count}`]],
    ),
  ];
}

function victimRows({ start, end, most, bounds, handshakeMs, witness, logLines }: TransportFuzzReport): Row[] {
  return [
    ['resident memory', `${inMib(start.rss)} before, ${inMib(most.maxRssBytes)} at most, ${inMib(end.rss)} after`],
    ['  its bound', `${inMib(bounds.rssBytes)}, of which the transport's own limits allow ${inMib(bounds.heldBytes)}`],
    ['heap', `${inMib(start.heapUsed)} before, ${inMib(most.maxHeapBytes)} at most, ${inMib(end.heapUsed)} after`],
    [
      'buffers',
      `${inMib(start.arrayBuffers)} before, ${inMib(most.maxBufferBytes)} at most, ${inMib(end.arrayBuffers)} after`,
    ],
    [
      'descriptors',
      `${start.descriptors} before, ${most.maxDescriptors} at most (bound ${bounds.descriptors}), ${end.descriptors} after`,
    ],
    ['unfinished handshakes', `${most.maxHandshakes} at most, ${end.metrics.handshakesInProgress} after`],
    ['event loop at a standstill', `${most.maxLoopMs.toFixed(0)} ms of processor time at most`],
    ['log lines', `${logLines.warn} warnings, ${logLines.error} errors, ${logLines.other} others`],
    ['good handshake alone', times(handshakeMs.alone)],
    [`  beside ${handshakeMs.slowOpen} slow ones`, times(handshakeMs.besideSlow)],
    [
      'witnesses',
      `${witness.messages} answers; median ${witness.p50Ms.toFixed(2)} ms, p99 ${witness.p99Ms.toFixed(1)} ms, max ${witness.maxMs.toFixed(1)} ms`,
    ],
  ];
}

function times(valuesMs: readonly number[]): string {
  const at = (part: number): string => permille(valuesMs, part).toFixed(2);
  return `median ${at(500)} ms, p99 ${at(990)} ms, max ${at(1000)} ms of ${valuesMs.length}`;
}

function inMib(bytes: number): string {
  return `${(bytes / mib).toFixed(1)} MiB`;
}

import { type GoFigures, measureGo } from '../src/raft/go-peer.ts';
import {
  appendOf,
  type ClusterRow,
  type CodecRow,
  heartbeat,
  measureCluster,
  measureCodec,
} from '../src/raft/measure.ts';

/**
 * Proposals of 128 bytes committed by clusters in memory, and raft messages as bytes: ours, and go.etcd.io/raft where Go is
 * there. Prints a table, then one line of JSON. `--ms N` is the processor time of each figure (default 1000); `--ours`
 * leaves the peer out.
 */
const argumentsGiven = process.argv.slice(2);
const at = argumentsGiven.indexOf('--ms');
const milliseconds = at < 0 ? 1000 : Number(argumentsGiven[at + 1]);

const codecs = [
  measureCodec('heartbeat', heartbeat(), milliseconds),
  ...[1, 16, 256].map((count) => {
    return measureCodec(`append, ${count} ${count === 1 ? 'entry' : 'entries'}`, appendOf(count), milliseconds);
  }),
];
const rows = [1, 3, 5].flatMap((nodes) => [1, 16, 256].map((batch) => measureCluster(nodes, batch, milliseconds)));
const go = argumentsGiven.includes('--ours') ? 'go.etcd.io/raft was left out' : measureGo(milliseconds);
if (typeof go === 'string') console.log(go);

console.log('nodes  batch   entries/s        Go    ratio     ns/step        Go   B allocated/entry        Go');
for (const row of rows) console.log(clusterLine(row, goRow(go, row)));
console.log('\nmessage                 encode ns         Go   decode ns         Go');
for (const row of codecs) console.log(codecLine(row, goCodec(go, row)));
console.log(JSON.stringify({ node: process.version, ours: { rows, codecs }, go }));

function goRow(figures: GoFigures | string, { nodes, batch }: ClusterRow): ClusterRow | undefined {
  if (typeof figures === 'string') return undefined;
  return figures.rows.find((row) => row.nodes === nodes && row.batch === batch);
}

function goCodec(figures: GoFigures | string, { name }: CodecRow): CodecRow | undefined {
  return typeof figures === 'string' ? undefined : figures.codecs.find((row) => row.name === name);
}

function clusterLine(ours: ClusterRow, theirs: ClusterRow | undefined): string {
  const ratio = theirs === undefined ? '' : (ours.entriesPerSecond / theirs.entriesPerSecond).toFixed(2);
  return [
    String(ours.nodes).padStart(5),
    String(ours.batch).padStart(6),
    `${whole(ours.entriesPerSecond, 11)} ${whole(theirs?.entriesPerSecond, 9)}`,
    ratio.padStart(8),
    `${whole(ours.nsPerStep, 11)} ${whole(theirs?.nsPerStep, 9)}`,
    `${whole(ours.allocatedBytesPerEntry, 19)} ${whole(theirs?.allocatedBytesPerEntry, 9)}`,
  ].join(' ');
}

function codecLine(ours: CodecRow, theirs: CodecRow | undefined): string {
  const times = [ours.encodeNs, theirs?.encodeNs, ours.decodeNs, theirs?.decodeNs].map((ns) => whole(ns, 10));
  return `${ours.name.padEnd(22)} ${times.join(' ')}`;
}

function whole(value: number | undefined, width: number): string {
  return (value === undefined ? '-' : Math.round(value).toLocaleString('en-US')).padStart(width);
}

import { cases } from '../src/codec/cases.ts';
import { measureTogether } from '../src/codec/measure.ts';

/** Times our codecs beside the peers', and prints a table, then one line of JSON. A name as argument picks the cases that hold it. */
const picked = process.argv[2] ?? '';
const rows: { name: string; peer: string; ourNs: number; theirNs: number; ratio: number }[] = [];
for (const { name, peer, ours, theirs } of cases.filter((one) => one.name.includes(picked))) {
  const [ourNs = Number.NaN, theirNs = Number.NaN] = await measureTogether([ours, theirs]);
  const ratio = Math.round((theirNs / ourNs) * 100) / 100;
  rows.push({ name, peer, ourNs: Math.round(ourNs), theirNs: Math.round(theirNs), ratio });
  const columns = [name.padEnd(54), peer.padEnd(20), `${us(ourNs)} us`, `${us(theirNs)} us`, `${ratio.toFixed(2)} x`];
  console.log(columns.join('  '));
}
console.log(JSON.stringify({ node: process.version, ratioIs: 'their time over ours', rows }));

function us(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(2).padStart(10);
}

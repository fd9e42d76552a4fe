// Ways to copy a few bytes between two Uint8Arrays: nanoseconds per copy. bytes.ts copyBytes is built on the outcome.
// Run: node dist/tools/bench/copy_bench.js
import { copyBytes } from '../../src/base/bytes.ts';

const COPIES = 2_000;
const ROUNDS = 150;
const from = new Uint8Array(70_000).fill(7);
const to = new Uint8Array(70_000);
const fromView = new DataView(from.buffer);
const toView = new DataView(to.buffer);

function byteLoop(start: number, end: number, at: number): void {
  for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] as number;
}

function setSubarray(start: number, end: number, at: number): void {
  to.set(from.subarray(start, end), at);
}

function words(start: number, end: number, at: number): void {
  let i = start;
  let j = at;
  for (; i + 16 <= end; i += 16, j += 16) {
    toView.setInt32(j, fromView.getInt32(i, true), true);
    toView.setInt32(j + 4, fromView.getInt32(i + 4, true), true);
    toView.setInt32(j + 8, fromView.getInt32(i + 8, true), true);
    toView.setInt32(j + 12, fromView.getInt32(i + 12, true), true);
  }
  for (; i + 4 <= end; i += 4, j += 4) toView.setInt32(j, fromView.getInt32(i, true), true);
  for (; i < end; i++, j++) toView.setUint8(j, fromView.getUint8(i));
}

function freshViews(start: number, end: number, at: number): void {
  const source = new DataView(from.buffer, from.byteOffset);
  const target = new DataView(to.buffer, to.byteOffset);
  let i = start;
  let j = at;
  for (; i + 4 <= end; i += 4, j += 4) target.setInt32(j, source.getInt32(i, true), true);
  for (; i < end; i++, j++) target.setUint8(j, source.getUint8(i));
}

function copy(start: number, end: number, at: number): void {
  copyBytes(from, start, end, to, at);
}

const ways = { byteLoop, setSubarray, words, freshViews, copyBytes: copy };
for (const bytes of [8, 16, 32, 48, 64, 96, 128, 256]) {
  let line = `${String(bytes).padStart(4)} B`;
  for (const [name, way] of Object.entries(ways)) {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      for (let i = 0; i < COPIES; i++) {
        const at = ((i * 1031) & 0xffff) + 1;
        way(at, at + bytes, at + 2);
      }
      best = Math.min(best, performance.now() - start);
    }
    line += `   ${name} ${((best * 1e6) / COPIES).toFixed(1)}`;
  }
  console.log(line);
}

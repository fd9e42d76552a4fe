// What one record's checksum costs: nanoseconds per record, called one at a time over records side by side in memory.
// Run: node dist/tools/bench/highwayhash_bench.js
import { createHighwayHash, highwayHash64 } from '../../src/base/highwayhash.ts';

const RECORDS = 2_000;
const ROUNDS = 200;

function report(name: string, bytes: number, run: () => void): void {
  for (let i = 0; i < 20; i++) run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  console.log(
    `${name.padEnd(32)} ${String(bytes).padStart(7)} B  ${((best * 1e6) / RECORDS).toFixed(1).padStart(7)} ns`,
  );
}

const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
const hash = createHighwayHash(memory);
const view = new DataView(memory.buffer);
const FIRST = 64;

for (const headerBytes of [0, 25]) {
  for (const length of [60, 158, 300]) {
    for (let i = 0; i < RECORDS; i++) {
      const at = FIRST + i * length;
      view.setUint32(at, headerBytes > 0 ? (length | 0x80000000) >>> 0 : length, true);
      view.setUint16(at + 20, headerBytes > 0 ? 1 : 11, true);
    }
    const name = headerBytes > 0 ? ' with headers' : '';
    report(`hashRecord${name}`, length, () => {
      for (let i = 0; i < RECORDS; i++) hash.hashRecord(0, FIRST + i * length, length);
    });
    let good = 0;
    report(`checkRecord${name}`, length, () => {
      for (let i = 0; i < RECORDS; i++) if (hash.checkRecord(0, FIRST + i * length, length)) good++;
    });
    if (good === 0) throw new Error('No record was good');
  }
}

const key = new Uint8Array(32);
for (const length of [60, 300, 4096]) {
  const bytes = new Uint8Array(length);
  report('highwayHash64 (copies)', length, () => {
    for (let i = 0; i < RECORDS; i++) highwayHash64(key, bytes);
  });
}

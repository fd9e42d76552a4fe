// The disk's own limit: append and fdatasync, one at a time, on the file system the servers store on. Every durable
// rate is read against it. Bounded in count and time.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from './statistics.ts';

const PROBE_COUNT = 500;
const PROBE_MS_MAX = 3000;
/** A virtual disk that syncs faster than this most likely answers from its host's memory. */
export const SYNC_MICROS_PLAUSIBLE = 50;

export interface DiskProbe {
  readonly bytes: number;
  readonly perSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

export function probeDisk(folder: string, bytes: number): DiskProbe {
  const path = join(folder, `probe-${bytes}`);
  const file = openSync(path, 'w');
  const data = Buffer.alloc(bytes, 0x78);
  const micros: number[] = [];
  const begun = performance.now();
  try {
    while (micros.length < PROBE_COUNT && performance.now() - begun < PROBE_MS_MAX) {
      const start = performance.now();
      writeSync(file, data);
      fdatasyncSync(file);
      micros.push((performance.now() - start) * 1000);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  const total = micros.reduce((sum, value) => sum + value, 0);
  return {
    bytes,
    perSecond: (micros.length / total) * 1e6,
    p50Micros: percentile(micros, 0.5),
    p99Micros: percentile(micros, 0.99),
  };
}

// What goes wrong in a run besides crashes, and how often: drawn once from the seed, so that some runs are calm, some have
// one kind of trouble and some have all. Whatever is drawn here a server must survive without breaking a promise.
import type { DiskLatency } from './sim_disk.ts';
import type { NetworkFaults } from './sim_network.ts';
import type { SimRandom } from './sim_random.ts';

export interface FaultProfile {
  /** Whether single operations of the disk fail. */
  readonly hasDiskErrors: boolean;
  /**
   * Whether a server starts again on a disk that failed without the machine having lost its cache. What a failed sync has
   * dropped is then still read, and believed. Never drawn: no server can tell, short of writing everything again.
   */
  readonly hasKillsAfterErrors: boolean;
  /** Whether the wall clock jumps, by hours. */
  readonly hasWallJumps: boolean;
  readonly network: Partial<NetworkFaults>;
  readonly diskLatency: Partial<DiskLatency>;
}

/** Nothing but delays. */
export const CALM_NETWORK: Partial<NetworkFaults> = { breakChance: 0, stallChance: 0 };
const ROUGH_NETWORKS: readonly Partial<NetworkFaults>[] = [
  { stallChance: 0.02 },
  { breakChance: 0.002 },
  { breakChance: 0.01, stallChance: 0.01 },
  { delayMs: [0.01, 20] },
];
const SLOW_DISKS: readonly Partial<DiskLatency>[] = [
  { syncMs: [20, 200] },
  { writeMs: [0.01, 10] },
  { syncMs: [0.01, 0.05] },
];

export function drawFaults(random: SimRandom): FaultProfile {
  return {
    hasDiskErrors: random.chance(0.2),
    hasKillsAfterErrors: false,
    hasWallJumps: random.chance(0.2),
    network: random.chance(0.3) ? random.pick(ROUGH_NETWORKS) : CALM_NETWORK,
    diskLatency: random.chance(0.2) ? random.pick(SLOW_DISKS) : {},
  };
}

/** A jump of the wall clock, milliseconds. */
export function drawWallJump(random: SimRandom): number {
  return random.pick([-86_400_000, -3_600_000, -1_000, 1_000, 3_600_000, 86_400_000]);
}

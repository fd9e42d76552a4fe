// How large the block files of a stream are, by its configuration. A pure rule; who opens a stream asks it.

const LARGE_BYTES = 8 * 1024 * 1024;
const MEDIUM_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 32_000;

/** Compat: filestore.go, dynBlkSize. `bytesMax` of 0 or less is no limit. */
export function blockBytes(isLimitsRetention: boolean, bytesMax: number): number {
  if (bytesMax <= 0) return isLimitsRetention ? LARGE_BYTES : MEDIUM_BYTES;
  const quarter = Math.floor(bytesMax / 4) + 1;
  const rounded = Math.ceil(quarter / 100) * 100;
  if (rounded <= SMALL_BYTES) return SMALL_BYTES;
  return rounded >= LARGE_BYTES ? LARGE_BYTES : MEDIUM_BYTES;
}

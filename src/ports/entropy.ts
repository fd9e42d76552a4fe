// The door to randomness. Bodies: node/node_entropy.ts (the system's generator), sim/sim_entropy.ts (one seed).

export interface Entropy {
  /** Fills all of `bytes` with random bytes. */
  fill(bytes: Uint8Array): void;
}

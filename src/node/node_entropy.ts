// Randomness from the system's generator. Called through ports/entropy.ts.
import { randomFillSync } from 'node:crypto';
import type { Entropy } from '../ports/entropy.ts';

export class NodeEntropy implements Entropy {
  fill(bytes: Uint8Array): void {
    randomFillSync(bytes);
  }
}

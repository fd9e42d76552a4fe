// Randomness for one life of a simulated server: different in every life, the same for one seed.
import type { Entropy } from '../ports/entropy.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimRandom } from './sim_random.ts';

export class SimEntropy implements Entropy {
  readonly #random: SimRandom;

  constructor(scheduler: Scheduler, life: Life) {
    this.#random = scheduler.random.fork(`entropy ${life.name} ${life.pid}`);
  }

  fill(bytes: Uint8Array): void {
    this.#random.fill(bytes);
  }
}

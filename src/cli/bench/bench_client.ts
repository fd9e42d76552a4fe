// What every client of a measurement gets, and how it is run: it prepares (subscriptions are made and known to the
// server), and when all are ready it runs to its end or until its tally says stop.
import type { Clock } from '../../ports/clock.ts';
import type { BenchConnection } from './bench_connection.ts';
import type { Tally } from './tally.ts';

export interface ClientContext {
  readonly connection: BenchConnection;
  readonly clock: Clock;
  readonly tally: Tally;
  /** From 0. */
  readonly index: number;
  /** For numbers by chance; different for every client. */
  readonly seed: number;
}

export type RunClient = () => Promise<void>;

/** Nanoseconds between two times of the monotonic clock. */
export function nanosBetween(fromMs: number, toMs: number): number {
  return (toMs - fromMs) * 1e6;
}

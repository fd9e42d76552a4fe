// What the command and its measuring threads say to each other. Plain data.
import type { BenchLoginPlan } from './bench_login.ts';
import type { Member } from './bench_team.ts';
import type { Sample } from './tally.ts';

/** To a thread: its clients, then when to begin, and maybe when to end. */
export type ThreadOrder =
  | { readonly kind: 'prepare'; readonly login: BenchLoginPlan; readonly members: readonly Member[] }
  | { readonly kind: 'run' }
  | { readonly kind: 'stop' };

/** From a thread. */
export type ThreadNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly done: readonly number[] }
  | { readonly kind: 'samples'; readonly samples: readonly (Sample | null)[] }
  | { readonly kind: 'failed'; readonly index: number; readonly message: string };

// Where the law does not hold, and why. This list may only shrink: an exemption that nothing needs any more fails too.
import type { RuleName } from './rules.ts';

export interface Exemption {
  readonly rule: RuleName;
  readonly file: string;
  /** A full sentence. */
  readonly reason: string;
}

export const EXEMPTIONS: readonly Exemption[] = [
  {
    rule: 'world',
    file: 'src/sim/scheduler.ts',
    reason: 'It waits until the engine has run every microtask: no time passes, and the order stays the same.',
  },
];

// PROFILEZ: what the process spends its time on, or is doing now. A profile is V8's, as `.cpuprofile` files are, where the
// reference has Go's. Compat: monitor.go, profilez, for names, bounds and refusals.
import { durationText, SECOND } from '../base/duration.ts';
import { errorText } from '../base/errors.ts';
import type { GoJsonStruct } from '../base/go_json.ts';
import { goQuote } from '../config/go_text.ts';
import type { Host } from '../ports/host.ts';

/** Nobody may slow the server down for longer. */
const DURATION_NS_MAX = 15n * SECOND;

/** In the names of a request's body. */
export interface ProfilezOptions {
  readonly name: string;
  readonly debug: number;
  /** Nanoseconds. */
  readonly duration: number;
}

export async function profilez(host: Host, { name, duration }: ProfilezOptions): Promise<GoJsonStruct> {
  if (name === '') return refused('Profile name not specified');
  if (name === 'goroutine') return { profile: Buffer.from(host.stacks()), error: '' };
  if (name !== 'cpu') return refused(`Profile ${goQuote(name)} not found`);
  const durationNs = BigInt(Math.trunc(duration));
  if (durationNs <= 0n || durationNs > DURATION_NS_MAX) {
    return refused(`Duration ${durationText(durationNs)} should be between 0s and 15s`);
  }
  try {
    return { profile: await host.profileCpu(Number(durationNs) / 1e6), error: '' };
  } catch (error) {
    return refused(`Failed to start CPU profile: ${errorText(error)}`);
  }
}

function refused(error: string): GoJsonStruct {
  return { profile: null, error };
}

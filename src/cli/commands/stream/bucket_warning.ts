// A bucket's stream is not to be changed by hand: says why, and asks.
import { CommandError } from '../../errors.ts';
import type { Session } from '../../session.ts';

export async function confirmBucket(session: Session, { isForced }: { readonly isForced: boolean }): Promise<void> {
  session.log(
    `WARNING: Operating on the underlying stream of a Key-Value bucket is dangerous. A bucket needs the configuration ` +
      `that 'contrail kv' gives it: changed by hand it may lose data and be a bucket no more.`,
  );
  // Without a terminal --force is the answer to this question too.
  if (isForced && !session.ask.isPossible) return;
  if (!(await session.ask.confirm('Really operate on the KV stream?'))) {
    throw new CommandError('aborting Key-Value store operation');
  }
}

// The bar of a transfer, for objects that are large enough to need one.
import { sizeText } from '../../output/human.ts';
import { type Progress, SILENT_PROGRESS, startProgress } from '../../output/progress.ts';
import type { Session } from '../../session.ts';

/** As in the reference. */
const BYTES_FROM = 20 * 1024;

export interface TransferSize {
  /** 0 where nobody knows. */
  readonly total: number;
  readonly isWanted: boolean;
}

export function bytesProgress(session: Session, { total, isWanted }: TransferSize): Progress {
  if (!isWanted || session.flags.trace || total <= BYTES_FROM) return SILENT_PROGRESS;
  return startProgress(session, { total, text: sizeText });
}

// Where a new consumer starts, by its deliver policy and what the stream stores at that moment.
// Compat: consumer.go, selectStartingSeqNo.
import type { StoreFilter, StreamStore } from '../../store/stream_store.ts';
import type { ConsumerSettings } from './consumer_settings.ts';

export interface StartPoint {
  /** The first message to deliver is at or behind this sequence. */
  readonly cursor: number;
  /** The last message of every subject, ascending, which come first; null without such a list. */
  readonly list: readonly number[] | null;
  /** Behind the list everything above this sequence follows. */
  readonly resumeBehind: number;
}

/** Synchronous up to its first wait: nothing stored in between can be missed by `new`. */
export async function chooseStart(
  store: StreamStore,
  filter: StoreFilter | null,
  settings: ConsumerSettings,
  messagesPerSubjectMax: number,
): Promise<StartPoint> {
  if (settings.deliverPolicy === 'last_per_subject' && messagesPerSubjectMax !== 1) {
    const last = store.state.sequenceLast;
    return { cursor: last + 1, list: store.lastPerSubject(filter, last), resumeBehind: last };
  }
  const chosen = await chooseSequence(store, filter, settings);
  // A sequence asked for by number may lie in the future; what is chosen otherwise may not.
  const latest = settings.startSequence > 0 ? chosen : Math.min(chosen, store.state.sequenceLast + 1);
  return { cursor: Math.max(latest, store.state.sequenceFirst), list: null, resumeBehind: 0 };
}

async function chooseSequence(
  store: StreamStore,
  filter: StoreFilter | null,
  settings: ConsumerSettings,
): Promise<number> {
  if (settings.startSequence > 0) return settings.startSequence;
  const { state } = store;
  switch (settings.deliverPolicy) {
    case 'last':
      return filter === null ? state.sequenceLast : store.previousSequence(filter, state.sequenceLast);
    case 'new':
      return state.sequenceLast + 1;
    case 'by_start_time':
      return settings.startTimeNs === null ? state.sequenceFirst : store.sequenceAtTime(settings.startTimeNs);
    default:
      return state.sequenceFirst;
  }
}

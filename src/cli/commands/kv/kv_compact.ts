// `contrail kv compact`: what deleted keys still hold goes, and their markers with it where they are old. Younger markers
// stay, so that who watches the bucket and was away for a while still learns of them.
// The client's own purgeDeletes() is not used: it also takes keys that were written again after they had been deleted.
import { KvBucket } from '../../buckets/kv_bucket.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { countedText } from '../../output/human.ts';
import { type Session, timeMs } from '../../session.ts';
import { subjectCounts } from '../../streams/stream_subjects.ts';

/** As every client's: markers younger than this stay. */
const MARKER_AGE_MS = 30 * 60 * 1000;

export const KV_COMPACT = defineCommand({
  name: 'compact',
  summary: 'Reclaim space used by deleted keys',
  description: `
A deleted key still holds the values it had, and a marker that tells watchers that it
is gone. This purges those values, and the markers that are at least 30 minutes old.
Keys that are not deleted keep all their history.`,
  args: { bucket: argument.required('The bucket to act on') },
  flags: {
    force: flag.switch('Act without confirmation', { short: 'f' }),
    dryRun: flag.switch('Only say what would be removed'),
  },
  examples: [
    { text: 'How much there is to gain', command: 'contrail kv compact CONFIG --dry-run' },
    { text: 'Without being asked', command: 'contrail kv compact CONFIG --force' },
  ],
  json: 'An object: bucket, deleted_keys, purged (old values and delete markers), markers_kept (younger than 30m), dry_run.',
  run: async (session, { bucket }, { force, dryRun }) => {
    const opened = await KvBucket.open(session, bucket);
    if (!dryRun && !force) {
      const question = `Purge all historic values and audit trails for deleted keys in bucket ${bucket}`;
      if (!(await session.ask.confirm(question))) {
        session.print('Skipping delete');
        return;
      }
    }
    const markers = await deletedKeys(session, opened);
    const purged = dryRun ? await countOf(session, opened, markers) : await purge(session, opened, markers);
    const kept = markers.filter(({ isYoung }) => isYoung).length;
    show(session, { bucket, markers: markers.length, kept, purged, dryRun });
  },
});

interface Marker {
  readonly key: string;
  readonly revision: number;
  readonly isYoung: boolean;
}

async function deletedKeys(session: Session, bucket: KvBucket): Promise<Marker[]> {
  const markers: Marker[] = [];
  for await (const entry of bucket.entries({ keys: '>', start: 'last', isHeadersOnly: true })) {
    if (entry.operation === 'PUT') continue;
    const { key, revision } = entry;
    markers.push({ key, revision, isYoung: session.nowMs() - timeMs(entry.created) < MARKER_AGE_MS });
  }
  return markers;
}

async function countOf(session: Session, bucket: KvBucket, markers: readonly Marker[]): Promise<number> {
  const counts = await subjectCounts(await session.api(), bucket.info.config.name, bucket.subjectOf('>'));
  const stored = markers.map(({ key, isYoung }) => (counts.get(bucket.subjectOf(key)) ?? 0) - (isYoung ? 1 : 0));
  return stored.reduce((sum, count) => sum + Math.max(0, count), 0);
}

async function purge(session: Session, bucket: KvBucket, markers: readonly Marker[]): Promise<number> {
  const api = await session.api();
  return await session.during(`bucket ${bucket.name} is compacted in part`, async () => {
    let purged = 0;
    for (const { key, revision, isYoung } of markers) {
      if (session.isInterrupted) break;
      // Up to the marker and no further: the key may have been written again since it was looked at.
      const body = { filter: bucket.subjectOf(key), seq: isYoung ? revision : revision + 1 };
      const { value } = await api.request<{ readonly purged: number }>(`STREAM.PURGE.${bucket.info.config.name}`, body);
      purged += value.purged;
    }
    return purged;
  });
}

interface Compacted {
  readonly bucket: string;
  readonly markers: number;
  readonly kept: number;
  readonly purged: number;
  readonly dryRun: boolean;
}

function show(session: Session, { bucket, markers, kept, purged, dryRun }: Compacted): void {
  if (session.isJson) {
    session.json({ bucket, deleted_keys: markers, purged, markers_kept: kept, dry_run: dryRun });
    return;
  }
  session.print(compactedText({ bucket, markers, kept, purged, dryRun }));
}

function compactedText({ bucket, markers, kept, purged, dryRun }: Compacted): string {
  if (markers === 0) return `Nothing to purge in bucket ${bucket}: it has no deleted keys`;
  const keys = countedText(markers, 'deleted key');
  const young = `${countedText(kept, 'delete marker')} younger than 30m ${kept === 1 ? 'stays' : 'stay'}`;
  if (purged === 0) return `Nothing to purge in bucket ${bucket}: of its ${keys} only ${young}`;
  const old = Math.min(purged, markers - kept);
  const parts: [number, string][] = [
    [purged - old, 'old value'],
    [old, 'delete marker'],
  ];
  const what = parts.filter(([count]) => count > 0).map(([count, noun]) => countedText(count, noun));
  const done = `${dryRun ? 'Would purge' : 'Purged'} ${what.join(' and ')} of ${keys} in bucket ${bucket}`;
  return kept === 0 ? done : `${done}; ${young}`;
}

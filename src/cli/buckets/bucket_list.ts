// The tables of buckets, smallest first.
import type { StreamInfo } from '../client/js_types.ts';
import { countText, sizeText } from '../output/human.ts';
import { TextTable } from '../output/table.ts';
import { type Session, timeMs } from '../session.ts';
import { listStreams, showUnreachable, sinceLastText } from '../streams/stream_list.ts';
import { type BucketKind, bucketNames, bucketOf } from './bucket.ts';

export interface BucketListOptions {
  /** Names alone. */
  readonly names: boolean;
  /** What the table has a column for beside the size. */
  readonly hasValues: boolean;
}

export async function showBuckets(session: Session, kind: BucketKind, options: BucketListOptions): Promise<void> {
  const api = await session.api();
  if (options.names) {
    const names = await bucketNames(api, kind);
    if (session.isJson) session.json(names);
    else for (const name of names) session.print(name);
    return;
  }
  const list = await listStreams(api);
  const buckets = list.streams.filter(({ config }) => config.name.startsWith(kind.prefix));
  const missing = list.missing.filter((name) => name.startsWith(kind.prefix));
  const offline = Object.fromEntries(Object.entries(list.offline).filter(([name]) => name.startsWith(kind.prefix)));
  if (session.isJson) {
    session.json(buckets.map((info) => bucketJson(kind, info, options)));
    return;
  }
  if (buckets.length > 0) session.table(bucketTable(session, { kind, buckets, options }));
  else if (missing.length === 0 && Object.keys(offline).length === 0) session.print(`No ${kind.store} buckets found`);
  showUnreachable(session, { missing, offline }, `${kind.store} Buckets`);
}

function bucketJson(kind: BucketKind, { config, created, state }: StreamInfo, { hasValues }: BucketListOptions) {
  return {
    bucket: bucketOf(kind, config.name),
    description: config.description ?? '',
    created,
    bytes: state.bytes,
    ...(hasValues ? { values: state.messages } : {}),
    last_update: timeMs(state.last_ts) <= 0 ? null : state.last_ts,
  };
}

interface BucketTable {
  readonly kind: BucketKind;
  readonly buckets: readonly StreamInfo[];
  readonly options: BucketListOptions;
}

function bucketTable(session: Session, { kind, buckets, options }: BucketTable): TextTable {
  const values = options.hasValues ? ['Values'] : [];
  const head = ['Bucket', 'Description', 'Created', 'Size', ...values, 'Last Update'];
  const table = new TextTable(`${kind.store} Buckets`, head);
  for (const info of [...buckets].sort((a, b) => a.state.bytes - b.state.bytes)) {
    const { config, created, state } = info;
    table.row(
      bucketOf(kind, config.name),
      config.description ?? '',
      session.time(created),
      sizeText(state.bytes),
      ...(options.hasValues ? [countText(state.messages)] : []),
      sinceLastText(session, info),
    );
  }
  return table;
}

// All streams of an account, and those of which the server knows no more than the name.
import type { JsApi } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { listAssets } from '../client/listed_assets.ts';
import { durationHuman } from '../output/human.ts';
import { TextTable } from '../output/table.ts';
import { type Session, timeMs } from '../session.ts';

export interface StreamList {
  /** Sorted by name. */
  readonly streams: readonly StreamInfo[];
  /** Nobody answered for them. */
  readonly missing: readonly string[];
  /** By name: why they are offline. */
  readonly offline: Readonly<Record<string, string>>;
}

export async function listStreams(api: JsApi, subject = ''): Promise<StreamList> {
  const { assets: streams, ...silent } = await listAssets<StreamInfo>(api, {
    name: 'STREAM.LIST',
    key: 'streams',
    body: subject === '' ? {} : { subject },
    nameOf: ({ config }) => config.name,
  });
  return { streams, ...silent };
}

/** How long ago the last message came; `never` where there was none. By the server's clock where it says its time. */
export function sinceLastText(session: Session, { state, ts }: StreamInfo): string {
  const lastMs = timeMs(state.last_ts);
  const nowMs = ts === undefined ? session.nowMs() : timeMs(ts);
  return lastMs <= 0 ? 'never' : durationHuman(Math.max(0, nowMs - lastMs) * 1e6);
}

const MISSING_COLUMNS = 4;

/** Tables of what could not be shown, where there is any. `what` they are: `Streams`. */
export function showUnreachable(
  session: Session,
  { missing, offline }: Pick<StreamList, 'missing' | 'offline'>,
  what = 'Streams',
): void {
  if (missing.length > 0) {
    session.print();
    const table = new TextTable(`Inaccessible ${what}`);
    for (const group of columnGroups(missing, MISSING_COLUMNS)) table.row(...group);
    session.write(table.render(session.style));
  }
  const names = Object.keys(offline).sort();
  if (names.length > 0) {
    session.print();
    const table = new TextTable(`Offline ${what}`);
    for (const name of names) table.row(name, offline[name] ?? '');
    session.write(table.render(session.style));
  }
}

/** Names in rows of so many columns, read downwards. */
export function columnGroups(names: readonly string[], columns: number): string[][] {
  const rows = Math.ceil(names.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => names[row + column * rows] ?? ''),
  );
}

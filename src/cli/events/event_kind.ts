// How a kind of event is shown to people: a title with rows under it, or one line; and the rows that many kinds have.
import type { Page } from '../output/columns.ts';
import { clockText } from '../output/human.ts';
import { timeMs } from '../session.ts';
import type { EventFields } from './event_fields.ts';

export interface EventKind {
  readonly title: (event: EventFields) => string;
  /** The one line, behind the time of day. */
  readonly short: (event: EventFields) => string;
  readonly fill: (page: Page, event: EventFields) => void;
}

/** `15:04:05`, as it was where the event was made. */
export function eventClock(time: string): string {
  return clockText(timeMs(time), 0);
}

/** `15:04:05.123`. */
export function eventClockMs(time: string): string {
  const ms = timeMs(time);
  return `${clockText(ms, 0)}.${String(Math.floor(ms) % 1000).padStart(3, '0')}`;
}

/** `2006-01-02 15:04:05 +0000 UTC`, as Go writes a time of its own accord. */
export function eventTime(time: string): string {
  return time.replace('T', ' ').replace(/Z$/, ' +0000 UTC');
}

/** `Create` for `create`. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `ORDERS > worker`. */
export function consumerPath(event: EventFields): string {
  return `${event.text('stream')} > ${event.text('consumer')}`;
}

/** `ORDERS (17) > worker`. */
export function messagePath(event: EventFields): string {
  return `${event.text('stream')} (${event.text('stream_seq')}) > ${event.text('consumer')}`;
}

export function addRows(page: Page, event: EventFields, rows: Readonly<Record<string, string>>): void {
  for (const [label, key] of Object.entries(rows)) page.rowIfText(label, event.text(key));
}

export function addClient(page: Page, client: EventFields): void {
  page.title('Client');
  addRows(page, client, { ID: 'id', User: 'user', Name: 'name', Account: 'acc', Host: 'host' });
  page.row('Library Version', client.text('ver'));
  page.row('Language', client.text('lang') || 'Unknown');
  if (client.text('jwt') !== '') {
    addRows(page, client, { 'Issuer Key': 'issuer_key', 'Name Tag': 'name_tag' });
    page.rowIfText('Tags', client.texts('tags').join(','));
  }
  addRows(page, client, { 'Client Kind': 'kind', 'Client Type': 'client_type' });
}

export function addReplicas(page: Page, event: EventFields): void {
  const replicas = event.parts('replicas');
  if (replicas.length === 0) return;
  page.title('Replicas');
  for (const [index, replica] of replicas.entries()) {
    if (index > 0) page.text();
    page.row('Name', replica.text('name'));
    page.row('Current', replica.isTrue('current'));
    page.row('Active', replica.duration('active'));
  }
}

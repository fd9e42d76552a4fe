// An event as it came, shown: with a title and rows, as one line, as CloudEvents 1.0, or as its JSON where nobody knows its
// kind. One event after the other; what they are is in jetstream_kinds.ts and server_kinds.ts.
import { Page } from '../output/columns.ts';
import { exactJson, jsonText } from '../output/json.ts';
import type { Session } from '../session.ts';
import { EventFields } from './event_fields.ts';
import { type EventKind, eventClock } from './event_kind.ts';
import { JETSTREAM_KINDS } from './jetstream_kinds.ts';
import { SERVER_KINDS } from './server_kinds.ts';

export interface ReceivedEvent {
  readonly subject: string;
  readonly data: Uint8Array;
}

export type EventFormat = 'long' | 'short' | 'json' | 'cloudevent';

const KINDS: ReadonlyMap<string, EventKind> = new Map(Object.entries({ ...JETSTREAM_KINDS, ...SERVER_KINDS }));
const SCHEMAS = 'https://raw.githubusercontent.com/nats-io/jsm.go/master/schemas';

export function showEvent(session: Session, event: ReceivedEvent, format: EventFormat): void {
  switch (format) {
    case 'json':
      session.write(event.data);
      session.print();
      return;
    case 'cloudevent':
      showCloudEvent(session, event);
      return;
    case 'short':
    case 'long':
      showText(session, event, format === 'short');
      return;
  }
}

function showText(session: Session, { subject, data }: ReceivedEvent, isShort: boolean): void {
  const fields = fieldsOf(data);
  const kind = KINDS.get(fields?.text('type') ?? '');
  if (fields === null || kind === undefined) {
    showUnknown(session, { subject, data }, isShort);
    return;
  }
  const at = eventClock(fields.text('timestamp'));
  if (isShort) {
    session.print(`${at} ${kind.short(fields)}`);
    return;
  }
  const page = new Page(`[${at}] [${fields.text('id')}] ${kind.title(fields)}`);
  kind.fill(page, fields);
  session.print();
  session.page(page);
}

/** Whole, on its subject: newer servers tell more than this version knows. */
function showUnknown(session: Session, { subject, data }: ReceivedEvent, isShort: boolean): void {
  const text = Buffer.from(data).toString('utf8');
  if (isShort) {
    session.print(`[Unknown event] ${subject}: ${text}`);
    return;
  }
  const shown = fieldsOf(data) === null ? text : jsonText(exactJson(data));
  session.print(`\n[Unknown event] on subject ${subject}\n`);
  for (const line of shown.split('\n')) session.print(`  ${line}`);
}

function showCloudEvent(session: Session, { subject, data }: ReceivedEvent): void {
  const fields = fieldsOf(data);
  const type = fields?.text('type') ?? '';
  const [io, nats, source, topic] = type.split('.');
  if (fields === null || io !== 'io' || nats !== 'nats' || topic === undefined) {
    session.log(`An event on subject ${subject} names no schema of NATS: it cannot be a CloudEvent`);
    return;
  }
  session.json({
    type,
    time: fields.text('timestamp'),
    id: fields.text('id'),
    source: `urn:nats:${source}`,
    dataschema: `${SCHEMAS}/${type.slice('io.nats.'.length).replaceAll('.', '/')}.json`,
    specversion: '1.0',
    subject: topic,
    data: exactJson(data),
  });
}

/** Null where it is no JSON object. */
function fieldsOf(data: Uint8Array): EventFields | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'object' && value !== null ? new EventFields(value) : null;
  } catch {
    // Anybody may publish anything on these subjects.
    return null;
  }
}

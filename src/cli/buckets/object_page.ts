// The page that shows an object. Compat: natscli cli/object_command.go, showObjectInfo.
import { Page } from '../output/columns.ts';
import { sizeText } from '../output/human.ts';
import type { Session } from '../session.ts';
import { digestBytes, type ObjectEntry } from './object_entry.ts';

export function objectPage(session: Session, entry: ObjectEntry): Page {
  const { bucket, name, description, size, modified, chunks, digest, isDeleted, link } = entry;
  const page = new Page(`Object information for ${bucket} > ${name}`);
  page.rowIfText('Description', description);
  if (link !== null) page.row('Link', link.name === '' ? link.bucket : `${link.bucket} > ${link.name}`);
  page.row('Size', sizeText(size));
  page.row('Modification Time', session.time(modified));
  page.row('Chunks', chunks);
  page.rowIfText('Digest', digestText(digest));
  page.rowIf(isDeleted, 'Deleted', true);
  const headers = Object.entries(entry.headers).flatMap(([key, values]) => values.map((value) => `${key}: ${value}`));
  page.list('Headers', headers, session.style);
  if (Object.keys(entry.metadata).length > 0) {
    page.title('Metadata');
    page.map(entry.metadata, session.style);
  }
  return page;
}

/** `SHA-256 5891b5…`. */
function digestText(digest: string): string {
  const bytes = digestBytes(digest);
  return bytes === null ? digest : `${digest.split('=', 1)[0]} ${Buffer.from(bytes).toString('hex')}`;
}

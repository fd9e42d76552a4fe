// `contrail object watch`: a bucket's objects as they are and as they come and go, until it is interrupted.
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { type ObjectEntry, objectJson } from '../../buckets/object_entry.ts';
import { argument, defineCommand } from '../../command.ts';
import { countText, sizeText } from '../../output/human.ts';
import type { Session } from '../../session.ts';

export const OBJECT_WATCH = defineCommand({
  name: 'watch',
  summary: 'Watch a bucket for changes',
  args: { bucket: argument.required('The bucket to act on') },
  examples: [
    { text: 'What is there and what comes', command: 'contrail object watch FILES' },
    { text: 'For another program', command: 'contrail object watch FILES --json' },
  ],
  json: 'An object per line, as for object info; deleted says that it is gone.',
  run: async (session, { bucket }) => {
    const opened = await ObjectBucket.open(session, bucket);
    for await (const entry of opened.following()) show(session, entry);
  },
});

function show(session: Session, entry: ObjectEntry): void {
  if (session.isJson) {
    session.jsonLine(objectJson(entry));
    return;
  }
  const { bucket, name, size, chunks, modified, isDeleted } = entry;
  const word = session.style.color(isDeleted ? 'red' : 'green', isDeleted ? 'DEL' : 'PUT');
  const tail = isDeleted ? '' : `: ${sizeText(size)} bytes in ${countText(chunks)} chunks`;
  session.print(`[${session.time(modified)}] ${word} ${bucket} > ${name}${tail}`);
}

// `contrail object get`: an object into a file, which is there whole, with the digest that was promised, or not at all.
import { createHash } from 'node:crypto';
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { digestBytes, type ObjectEntry, objectJson } from '../../buckets/object_entry.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { durationHuman, sizeText } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { bytesProgress } from './bytes_progress.ts';
import { fileNameOf } from './object_name.ts';

/** From then on the rate is worth telling. */
const RATE_FROM_MS = 2000;

export const OBJECT_GET = defineCommand({
  name: 'get',
  summary: 'Retrieves a file from the store',
  args: { bucket: argument.required('The bucket to act on'), file: argument.required('The object to retrieve') },
  flags: {
    output: flag.text('Override the output file name', { short: 'O' }),
    progress: flag.toggle('Show progress bars', { default: true }),
    force: flag.switch('Act without confirmation', { short: 'f' }),
  },
  examples: [
    { text: 'Into a file of its name', command: 'contrail object get FILES logo.png' },
    { text: 'Elsewhere, in place of what is there', command: 'contrail object get FILES logo.png -O /tmp/logo.png -f' },
  ],
  json: 'The object as for object info, and under file where it was written to.',
  run: async (session, { bucket, file }, flags) => {
    const { opened, entry } = await linked(session, await ObjectBucket.open(session, bucket), file);
    const path = await targetOf(session, { output: flags.output, entry, isForced: flags.force });
    if (path === null) return;
    const startMs = session.doors.clock.monotonicMs();
    await download(session, opened, { entry, path, hasProgress: flags.progress });
    const tookMs = session.doors.clock.monotonicMs() - startMs;
    if (session.isJson) session.json({ ...objectJson(entry), file: path });
    else session.print(writtenText(entry, path, tookMs));
  },
});

interface Found {
  readonly opened: ObjectBucket;
  readonly entry: ObjectEntry;
}

/** What a link points to, which is no link itself. */
async function linked(session: Session, bucket: ObjectBucket, name: string): Promise<Found> {
  const entry = await bucket.liveEntry(name);
  if (entry.link === null) return { opened: bucket, entry };
  const { link } = entry;
  if (link.name === '') {
    throw new CommandError(
      `'${name}' is a link to bucket ${link.bucket}: 'contrail object ls ${link.bucket}' shows it`,
    );
  }
  const opened = await ObjectBucket.open(session, link.bucket);
  const target = await opened.liveEntry(link.name);
  if (target.link !== null)
    throw new CommandError(`'${name}' is a link to a link: get '${target.name}' by its own name`);
  return { opened, entry: target };
}

interface Target {
  readonly output: string | undefined;
  readonly entry: ObjectEntry;
  readonly isForced: boolean;
}

/** Null where the person does not want what is there to be replaced. */
async function targetOf(session: Session, { output, entry, isForced }: Target): Promise<string | null> {
  const { files } = session.doors;
  const named = output ?? fileNameOf(entry.name);
  const path = files.absolutePath(named);
  if (named === '' || files.isDirectory(path))
    throw new CommandError(`'${path}' is a folder: name a file with --output`);
  if (!isForced && files.isFile(path)) {
    if (!(await session.ask.confirm(`Replace existing target file ${path}`))) return null;
  }
  return path;
}

interface Download {
  readonly entry: ObjectEntry;
  readonly path: string;
  readonly hasProgress: boolean;
}

async function download(session: Session, bucket: ObjectBucket, { entry, path, hasProgress }: Download): Promise<void> {
  const expected = digestBytes(entry.digest);
  if (expected === null) throw new CommandError(`'${entry.name}' has a digest of an unknown kind: '${entry.digest}'`);
  const progress = bytesProgress(session, { total: entry.size, isWanted: hasProgress });
  const writer = session.doors.files.openWriter(path);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of bucket.chunks(entry)) {
      writer.write(chunk);
      hash.update(chunk);
      size += chunk.length;
      progress.add(chunk.length);
    }
    if (session.isInterrupted) throw new CommandError('interrupted, nothing was written');
    if (size !== entry.size) {
      throw new CommandError(`only ${sizeText(size)} of the ${sizeText(entry.size)} of '${entry.name}' are there`);
    }
    if (!hash.digest().equals(expected))
      throw new CommandError(`'${entry.name}' is damaged: its digest does not match`);
    writer.finish();
  } finally {
    writer.abandon();
    progress.stop();
  }
}

function writtenText({ size }: ObjectEntry, path: string, tookMs: number): string {
  const rate = tookMs > RATE_FROM_MS ? ` average ${sizeText(Math.floor(size / (tookMs / 1000)))}/s` : '';
  return `Wrote: ${sizeText(size)} to ${path} in ${durationHuman(tookMs * 1e6)}${rate}`;
}

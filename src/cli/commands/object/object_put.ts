// `contrail object put`: a file, or what comes on standard input, into a bucket.
import { headers as newHeaders } from '@nats-io/transport-node';
import type { FileReader } from '../../../ports/files.ts';
import { ObjectBucket } from '../../buckets/object_bucket.ts';
import { objectJson } from '../../buckets/object_entry.ts';
import { objectPage } from '../../buckets/object_page.ts';
import { argument, defineCommand, flag, type ValuesOf } from '../../command.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { parseHeader } from '../../input/header.ts';
import { inputOf } from '../../messages/payload_source.ts';
import type { Session } from '../../session.ts';
import { bytesProgress } from './bytes_progress.ts';
import { objectName } from './object_name.ts';

const FLAGS = {
  name: flag.text('Override the name supplied to the object store'),
  description: flag.text('Sets an optional description for the object'),
  header: flag.texts('Adds headers to the object using K:V format', { short: 'H' }),
  chunkSize: flag.size('Sets the chunk size for the file', { placeholder: 'BYTES', isLimit: false }),
  progress: flag.toggle('Show progress bars', { default: true }),
  force: flag.switch('Act without confirmation', { short: 'f' }),
} as const;

export const OBJECT_PUT = defineCommand({
  name: 'put',
  summary: 'Puts a file into the store',
  args: { bucket: argument.required('The bucket to act on'), file: argument.optional('The file to put') },
  flags: FLAGS,
  examples: [
    { text: 'A file', command: 'contrail object put FILES logo.png' },
    { text: "Another program's output", command: 'tar c src | contrail object put FILES --name src.tar' },
    { text: 'In place of what is there', command: 'contrail object put FILES logo.png --force' },
  ],
  json: 'The object, as for object info.',
  run: async (session, { bucket, file }, flags) => {
    const name = objectName(flags.name ?? file ?? '');
    if (name === '') throw new UsageError('--name is required when reading from stdin');
    const headers = flags.header.map(parseHeader);
    if (flags.chunkSize !== undefined && flags.chunkSize < 1)
      throw new UsageError('--chunk-size must be 1 byte or more');
    const reader = file === undefined ? null : openFile(session, file);
    try {
      const opened = await ObjectBucket.open(session, bucket);
      if (!(await mayReplace(session, opened, { name, isForced: flags.force }))) return;
      await put(session, opened, { name, reader, headers, flags });
      const entry = await opened.liveEntry(name);
      if (session.isJson) session.json(objectJson(entry));
      else {
        session.print();
        session.page(objectPage(session, entry));
      }
    } finally {
      reader?.close();
    }
  },
});

function openFile(session: Session, path: string): FileReader {
  const { files } = session.doors;
  if (files.isDirectory(path)) throw new CommandError(`<file> '${path}' is a folder: name a file`);
  const reader = files.openReader(path);
  if (reader === null) throw new CommandError(`<file> '${path}': there is no such file`);
  return reader;
}

async function mayReplace(
  session: Session,
  bucket: ObjectBucket,
  { name, isForced }: { readonly name: string; readonly isForced: boolean },
): Promise<boolean> {
  if (isForced) return true;
  const before = await bucket.entry(name);
  if (before === null || before.isDeleted) return true;
  if (session.ask.isPossible) {
    session.page(objectPage(session, before));
    session.print();
  }
  return await session.ask.confirm(`Replace existing file ${bucket.name} > ${name}`);
}

interface Put {
  readonly name: string;
  /** Null for standard input. */
  readonly reader: FileReader | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly flags: ValuesOf<typeof FLAGS>;
}

async function put(session: Session, bucket: ObjectBucket, { name, reader, headers, flags }: Put): Promise<void> {
  const made = newHeaders();
  for (const header of headers) made.append(header.name, header.value);
  const meta = {
    name,
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(headers.length === 0 ? {} : { headers: made }),
    ...(flags.chunkSize === undefined ? {} : { options: { max_chunk_size: flags.chunkSize } }),
  };
  const progress = bytesProgress(session, { total: reader?.size ?? 0, isWanted: flags.progress });
  const pieces = reader === null ? inputOf(session) : piecesOf(reader);
  try {
    await bucket.write(name, (store) =>
      store.put(
        meta,
        streamOf(session, pieces, (bytes) => progress.add(bytes)),
      ),
    );
  } finally {
    progress.stop();
  }
}

async function* piecesOf(reader: FileReader): AsyncIterable<Uint8Array> {
  for (let piece = reader.read(); piece !== null; piece = reader.read()) yield piece;
}

/** The client takes the chunks that it has sent back when the stream fails: so it does when the person interrupts. */
function streamOf(
  session: Session,
  pieces: AsyncIterable<Uint8Array>,
  onPiece: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const next = await iterator.next();
        if (session.isInterrupted) controller.error(new CommandError('interrupted, nothing was put'));
        else if (next.done === true) controller.close();
        else {
          onPiece(next.value.length);
          controller.enqueue(next.value);
        }
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}

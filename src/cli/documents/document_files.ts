// The files that -f names: files, folders of them, standard input. Reads texts; what they mean is asset_document.ts's.
import { CommandError, UsageError } from '../errors.ts';
import { readFile } from '../input/input_file.ts';
import type { Session } from '../session.ts';
import { parseDocuments, type TextDocument } from './yaml_text.ts';

const DOCUMENT_NAME = /\.(?:ya?ml|json)$/i;

export interface DocumentFilesOptions {
  readonly isRecursive: boolean;
}

/** In the order they were named, folders by name. */
export async function readDocumentFiles(
  session: Session,
  names: readonly string[],
  { isRecursive }: DocumentFilesOptions,
): Promise<TextDocument[]> {
  if (names.length === 0) throw new UsageError('-f is required: a file, a folder, or - for standard input');
  const documents: TextDocument[] = [];
  for (const name of names) {
    if (name === '-') {
      documents.push(...(await parseDocuments(await standardInput(session), 'standard input')));
      continue;
    }
    for (const path of filesIn(session, name, isRecursive)) {
      documents.push(...(await parseDocuments(readFile(session, path, '-f'), path)));
    }
  }
  if (documents.length === 0) throw new CommandError(`There is no document in ${names.join(', ')}`);
  return documents;
}

function filesIn(session: Session, name: string, isRecursive: boolean): string[] {
  const { files } = session.doors;
  if (!files.isDirectory(name)) return [name];
  const folder = name.replace(/\/+$/, '');
  const found = files.list(name).flatMap((entry) => {
    const path = `${folder}/${entry}`;
    if (files.isDirectory(path)) return isRecursive ? filesIn(session, path, true) : [];
    return DOCUMENT_NAME.test(entry) ? [path] : [];
  });
  if (found.length === 0 && !isRecursive) {
    throw new CommandError(`-f '${name}': no .yaml, .yml or .json in this folder; --recursive looks into its folders`);
  }
  return found;
}

async function standardInput(session: Session): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of session.doors.terminal.input()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

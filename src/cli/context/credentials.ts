// Secrets that are named, not written: files, environment variables, data within the text, and the tools `op` (1Password)
// and `nsc`. What is read is never shown.
// Compat: jsm.go natscontext, the resolvers for file, data, env, op and nsc.
import type { Files } from '../../ports/files.ts';
import type { Programs } from '../../ports/programs.ts';
import { CommandError } from '../errors.ts';

export interface CredentialDoors {
  readonly files: Files;
  readonly programs: Programs;
  readonly environment: (name: string) => string | null;
}

/** The lower-case scheme of a reference; empty for a path. One letter is a drive, no scheme. */
export function schemeOf(reference: string): string {
  return /^([a-zA-Z][a-zA-Z0-9+.-]+):/.exec(reference)?.[1]?.toLowerCase() ?? '';
}

const SCHEMES = ['file', 'env', 'data', 'op', 'nsc'];

/** Content of a file, or of what the reference names. `what` is said in refusals. */
export async function readCredential(reference: string, what: string, doors: CredentialDoors): Promise<Uint8Array> {
  const rest = reference.replace(/^[a-zA-Z][a-zA-Z0-9+.-]+:(?:\/\/)?/, '');
  switch (schemeOf(reference)) {
    case '':
      return readFile(expandHome(reference, doors), what, doors.files);
    case 'file':
      return readFile(expandHome(rest, doors), what, doors.files);
    case 'env': {
      const value = doors.environment(rest);
      if (value === null || value === '') {
        throw new CommandError(`Cannot read ${what}: the environment variable '${rest}' is not set`);
      }
      return Buffer.from(value);
    }
    case 'data': {
      const comma = rest.indexOf(',');
      const isBase64 = comma >= 0 && rest.slice(0, comma).split(';').includes('base64');
      if (!isBase64) throw new CommandError(`Cannot read ${what}: write data as data:;base64,CONTENT`);
      return Buffer.from(rest.slice(comma + 1), 'base64');
    }
    case 'op':
      return await output(['op', 'read', `op://${rest}`], what, doors.programs);
    case 'nsc':
      return await readNsc(`nsc://${rest}`, what, doors);
    default:
      throw new CommandError(
        `Cannot read ${what}: nobody knows the scheme of '${reference}'; there are ${SCHEMES.join(', ')} and plain paths`,
      );
  }
}

/** A value that stands for itself unless it has one of the schemes. */
export async function readLiteral(text: string, what: string, doors: CredentialDoors): Promise<string> {
  if (!SCHEMES.includes(schemeOf(text))) return text;
  const bytes = await readCredential(text, what, doors);
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/[\r\n]+$/, '');
}

/** A path for libraries that read the file themselves. */
export function credentialPath(reference: string, what: string, doors: CredentialDoors): string {
  const scheme = schemeOf(reference);
  if (scheme !== '' && scheme !== 'file') throw new CommandError(`Cannot read ${what}: it must be a path`);
  const path = expandHome(scheme === '' ? reference : reference.replace(/^[^:]+:\/\//, ''), doors);
  if (!doors.files.isFile(path)) throw new CommandError(`Cannot read ${what}: there is no file '${path}'`);
  return path;
}

/** `~` and `$NAME` as in a shell. */
export function expandHome(path: string, doors: Pick<CredentialDoors, 'files' | 'environment'>): string {
  const expanded = path.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced: string | undefined, plain: string | undefined) => {
      return doors.environment(braced ?? plain ?? '') ?? '';
    },
  );
  return expanded.startsWith('~') ? (doors.files.homeDirectory() ?? '~') + expanded.slice(1) : expanded;
}

function readFile(path: string, what: string, files: Files): Uint8Array {
  const bytes = files.readBytes(path);
  if (bytes === null) throw new CommandError(`Cannot read ${what}: there is no file '${path}'`);
  return bytes;
}

async function output(words: readonly string[], what: string, programs: Programs): Promise<Uint8Array> {
  const { code, standardOutput } = await programs.run(words);
  // What the tool has printed may hold the secret, so it is not shown.
  if (code !== 0)
    throw new CommandError(`Cannot read ${what}: '${words.slice(0, 2).join(' ')}' failed with code ${code}`);
  return standardOutput;
}

export interface NscProfile {
  readonly credentialsPath: string | null;
  readonly urls: readonly string[];
}

/** Asks `nsc` where the credentials and the servers of `nsc://Operator/Account/User` are. */
export async function nscProfile(reference: string, what: string, doors: CredentialDoors): Promise<NscProfile> {
  const url = schemeOf(reference) === 'nsc' ? reference : `nsc://${reference}`;
  const bytes = await output(['nsc', 'generate', 'profile', url], what, doors.programs);
  const profile: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const { user_creds: path, operator } = (profile ?? {}) as { user_creds?: string; operator?: { service?: string[] } };
  return { credentialsPath: path ?? null, urls: operator?.service ?? [] };
}

async function readNsc(reference: string, what: string, doors: CredentialDoors): Promise<Uint8Array> {
  const { credentialsPath } = await nscProfile(reference, what, doors);
  if (credentialsPath === null) throw new CommandError(`Cannot read ${what}: 'nsc' named no credentials for it`);
  return readFile(credentialsPath, what, doors.files);
}

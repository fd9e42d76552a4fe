// Whether a credentials file holds a user's JWT that its issuer has signed, and for how long it is good.
// Compat: jsm.go monitor/credentials.go.
import { errorText } from '../../base/errors.ts';
import { rfc3339NanoOfMs } from '../../base/nanos.ts';
import { expandHome, readCredential, schemeOf } from '../context/credentials.ts';
import { CommandError } from '../errors.ts';
import { durationHuman } from '../output/human.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';

/** Times in seconds; 0 for none. */
export const CREDENTIAL_OPTIONS = { file: '', validityWarning: 0, validityCritical: 0, requiresExpiry: false };

export type CredentialOptions = typeof CREDENTIAL_OPTIONS;

export async function checkCredential(
  session: Session,
  result: CheckResult,
  options: CredentialOptions,
): Promise<void> {
  let text: string;
  try {
    text = await textOf(session, options.file);
  } catch (error) {
    result.critical(`credential not accessible: ${errorText(error)}`);
    return;
  }
  const claims = await claimsIn(text);
  if (typeof claims === 'string') result.critical(`invalid credential: ${claims}`);
  else judgeExpiry(claims.exp ?? 0, result, { options, nowSeconds: Math.floor(session.nowMs() / 1000) });
}

/** Of a file, or of what stands for one: `env:NAME`, `op://...`. */
async function textOf(session: Session, reference: string): Promise<string> {
  const scheme = schemeOf(reference);
  if (scheme !== '' && scheme !== 'file') {
    return Buffer.from(await readCredential(reference, 'the credential', session.doors)).toString('utf8');
  }
  const path = expandHome(scheme === '' ? reference : reference.replace(/^[^:]+:(?:\/\/)?/, ''), session.doors);
  const { files } = session.doors;
  if (files.isDirectory(path)) throw new CommandError('is a directory');
  const text = files.readText(path);
  if (text === null) throw new CommandError(`there is no file '${path}'`);
  return text;
}

interface Claims {
  readonly iss: string;
  /** Unix seconds. */
  readonly exp?: number;
}

/** What is wrong with it, where something is. */
async function claimsIn(text: string): Promise<Claims | string> {
  const decorated = /-{3,}BEGIN [A-Z ]*JWT-{3,}\s+([\w.=-]+)\s+-{3,}END/.exec(text)?.[1];
  const token = decorated ?? text.trim();
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (signature === '' || more.length > 0) return 'it holds no JWT';
  const head = jsonOf(header);
  const claims = jsonOf(payload);
  if (head === null || claims === null || typeof claims['iss'] !== 'string') return 'its JWT cannot be read';
  const { nkeys } = await import('@nats-io/transport-node');
  // The first version of these JWTs signed the claims alone.
  const signed = head['alg'] === 'ed25519' ? payload : `${header}.${payload}`;
  try {
    const issuer = nkeys.fromPublic(claims['iss']);
    const isSigned = issuer.verify(Buffer.from(signed), Buffer.from(signature, 'base64url'));
    if (!isSigned) return 'its issuer has not signed it as it is';
  } catch (error) {
    return `its issuer '${claims['iss']}' is no nkey: ${errorText(error)}`;
  }
  return { iss: claims['iss'], ...(typeof claims['exp'] === 'number' ? { exp: claims['exp'] } : {}) };
}

function jsonOf(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function judgeExpiry(
  expires: number,
  result: CheckResult,
  { options, nowSeconds }: { readonly options: CredentialOptions; readonly nowSeconds: number },
): void {
  const { validityWarning: warning, validityCritical: critical, requiresExpiry } = options;
  const left = expires - nowSeconds;
  result.measure('expiry', left, 'Expiry time in seconds', { warning, critical, unit: 's' });
  const at = rfc3339NanoOfMs(expires * 1000)
    .replace('T', ' ')
    .replace('Z', ' +0000 UTC');
  if (expires === 0) {
    if (requiresExpiry) result.critical('never expires');
    else result.ok('never expires');
  } else if (left <= 0) result.critical(`expired at ${at}`);
  else if (critical > 0 && left <= critical) result.critical(`expires sooner than ${durationHuman(critical * 1e9)}`);
  else if (warning > 0 && left <= warning) result.warn(`expires sooner than ${durationHuman(warning * 1e9)}`);
  else result.ok(`expires in ${at}`);
}

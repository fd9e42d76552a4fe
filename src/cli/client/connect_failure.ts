// Why a connection did not come about, as one sentence that says what to do: nobody there, no NATS server, no trust, no
// permission. Reads the client's errors; opens nothing.
import { withoutSecrets } from '../../base/url_secrets.ts';
import { CommandError } from '../errors.ts';

/** How an error begins whose reason came behind the TLS handshake: an alert, or the end. */
export const BEHIND_HANDSHAKE = 'Authorization Violation behind the TLS handshake: ';

export interface Attempt {
  readonly servers: readonly string[];
  /** The context that the settings came from; null where there is none. */
  readonly contextName: string | null;
  readonly timeoutMs: number;
}

export function connectFailure(error: unknown, attempt: Attempt): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError(sentence(error, attempt), { cause: error });
}

function sentence(error: unknown, { servers, contextName, timeoutMs }: Attempt): string {
  const where = servers.map(withoutSecrets).join(', ');
  const from = contextName === null ? '' : ` (context '${contextName}')`;
  const codes = codesOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const cannot = `Cannot connect to ${where}${from}`;
  if (codes.has('ERR_INVALID_URL')) return `${cannot}: that is no address; write it like nats://127.0.0.1:4222`;
  if (codes.has('ECONNREFUSED') || /connection refused/i.test(text)) {
    return `${cannot}: nothing listens there; start a server with 'contrail serve', or name one with --server`;
  }
  if (codes.has('ENOTFOUND') || codes.has('EAI_AGAIN')) return `${cannot}: nobody knows that host name`;
  if (codes.has('EHOSTUNREACH') || codes.has('ENETUNREACH')) return `${cannot}: the network has no way there`;
  const alert = clientCertificateAlert(text);
  if (alert !== null) {
    return (
      `${cannot}: the server wants a certificate of the client that it trusts (${alert}); give one with ` +
      '--tlscert FILE and --tlskey FILE'
    );
  }
  if (codes.has('ERR_OSSL_X509_KEY_VALUES_MISMATCH') || /private key does not match/i.test(text)) {
    return `${cannot}: the key of --tlskey is not that of the certificate of --tlscert; name two that belong together`;
  }
  if (/\bPEM\b|DECODER|passphrase/i.test(text) || codes.has('ERR_OSSL_UNSUPPORTED')) {
    return `${cannot}: what --tlscert, --tlskey or --tlsca name cannot be used (${text})`;
  }
  if (/unexpected response/i.test(text)) {
    return `${cannot}: what listens there speaks, but not as a NATS server does; is it the client port (4222)?`;
  }
  if (/JSON|ECONNRESET|undefined error/i.test(text) || codes.has('ECONNRESET') || error === undefined) {
    return `${cannot}: what answers there is no NATS server; is it the client port (4222), or does it want --tlsfirst?`;
  }
  const full = /maximum .*connections exceeded/.exec(text)?.[0];
  if (full !== undefined) {
    return `${cannot}: the server takes no more connections (${full}); try again when others have gone, or raise its limit`;
  }
  if (/authorization|authentication/i.test(text)) {
    return (
      `${cannot}: the server does not let these credentials in (${text}); give others with --user and --password, ` +
      '--creds, --nkey or --context'
    );
  }
  if (isDistrust(codes, text)) {
    return `${cannot}: its certificate is not trusted (${text}); name the authority that signed it with --tlsca FILE`;
  }
  if (/tls/i.test(text)) return `${cannot}: ${text}`;
  if (/timeout/i.test(text) || codes.has('ETIMEDOUT')) {
    return (
      `${cannot}: no NATS server has greeted within ${timeoutMs / 1000}s; is it the client port (4222), is a firewall ` +
      'between, or does it want --tlsfirst?'
    );
  }
  return `${cannot}: ${text}`;
}

/** Why the server does not take the client's certificate, or its lack; null where that is not the matter. */
function clientCertificateAlert(text: string): string | null {
  if (text.startsWith(BEHIND_HANDSHAKE)) return text.slice(BEHIND_HANDSHAKE.length);
  // With TLS 1.2 it comes within the handshake.
  return /\balert (?:bad certificate|unsupported certificate|certificate [a-z]+|unknown ca)\b/i.exec(text)?.[0] ?? null;
}

function isDistrust(codes: ReadonlySet<string>, text: string): boolean {
  for (const code of codes) if (/SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS_CERT/.test(code)) return true;
  return /self.signed|certificate/i.test(text);
}

/** Of the error and of all that caused it. */
function codesOf(error: unknown): Set<string> {
  const codes = new Set<string>();
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string') codes.add(one.code);
    if (one instanceof AggregateError)
      for (const inner of one.errors) for (const code of codesOf(inner)) codes.add(code);
  }
  return codes;
}

// A CONNECT argument as a log may show it: the values of its secrets are gone, and where it is not certain which parts are
// secrets, all of it. Pure. Compat: client.go, removeSecretsFromTrace.
import { JsonDecimal, parseJson } from '../base/json_parser.ts';

const SECRETS = ['pass', 'auth_token', 'jwt', 'sig', 'nkey', 'proxy_sig'];
const SECRET_FIELDS = new RegExp(`"(${SECRETS.join('|')})"(\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, 'gi');
const REDACTED = '[REDACTED]';

export function redactedConnect(json: string): string {
  const parsed = parseJson(new TextEncoder().encode(json));
  if (!parsed.ok) return REDACTED;
  const fields = parsed.value;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || fields instanceof JsonDecimal) {
    return REDACTED;
  }
  let replaced = 0;
  const shown = json.replace(SECRET_FIELDS, (_match, name: string, colon: string) => {
    replaced++;
    return `"${name}"${colon}"${REDACTED}"`;
  });
  const secrets = Object.keys(fields).filter((name) => SECRETS.includes(name.toLowerCase()));
  // A name may be written with escapes, come twice or have a value of another kind: then nobody looks for it.
  return secrets.length === replaced && !/\\u/i.test(json) ? shown : REDACTED;
}

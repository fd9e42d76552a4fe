// Who may read monitoring: `monitor_auth`, a block of our own, without which everybody may, as in the reference.
import { goQuote } from '../go_text.ts';
import { emptyMonitorAuthDraft, type MonitorAuthDraft, type OptionsDraft } from '../options_draft.ts';
import { blockRule, booleanKey, type KeyRule, readBlock, textKey, valueKey, wrongKind } from '../schema.ts';

const HASH_PREFIX = 'sha256:';
const HASHED = /^sha256:[0-9a-f]{64}$/i;
const BCRYPT = /^\$2[aby]\$/;

const MONITOR_AUTH_BLOCK = blockRule<MonitorAuthDraft>('monitor_auth', [
  secretKey(['token'], (draft, token) => {
    draft.token = token;
  }),
  textKey(['user', 'username'], (draft, user, { position, findings }) => {
    if (user.includes(':')) findings.error(position, 'a user of monitoring cannot have a colon in its name');
    draft.user = user;
  }),
  secretKey(['password', 'pass'], (draft, password) => {
    draft.password = password;
  }),
  booleanKey(['require_client_certificate'], (draft, requires) => {
    draft.requiresClientCertificate = requires;
  }),
  booleanKey(['open_healthz'], (draft, opens) => {
    draft.opensHealthz = opens;
  }),
]);

export const MONITOR_AUTH_KEY: KeyRule<OptionsDraft> = valueKey(['monitor_auth'], (draft, value, entry) => {
  if (value.kind !== 'map') return wrongKind(entry, 'a block');
  const said = emptyMonitorAuthDraft();
  readBlock(MONITOR_AUTH_BLOCK, value, said, entry.findings);
  const fault = faultOf(said);
  if (fault !== null) entry.findings.error(entry.position, fault);
  draft.monitorAuth = said;
});

function faultOf({ token, user, password, requiresClientCertificate }: MonitorAuthDraft): string | null {
  if ((user === '') !== (password === ''))
    return `'monitor_auth' needs a password with its user, and a user with its password`;
  if (token !== '' || user !== '' || requiresClientCertificate) return null;
  return `'monitor_auth' asks for nothing: say a token, a user and its password, or require_client_certificate`;
}

/** As it is, or as `sha256:` and the hash in hexadecimal. */
function secretKey(
  names: readonly string[],
  set: (draft: MonitorAuthDraft, secret: string) => void,
): KeyRule<MonitorAuthDraft> {
  return textKey(names, (draft, secret, { key, position, findings }) => {
    if (secret === '') findings.error(position, `${goQuote(key)} of 'monitor_auth' is empty`);
    else if (BCRYPT.test(secret)) {
      findings.error(
        position,
        `${goQuote(key)} of 'monitor_auth' takes no bcrypt hash: say ${HASH_PREFIX} and a SHA-256`,
      );
    } else if (secret.startsWith(HASH_PREFIX) && !HASHED.test(secret)) {
      findings.error(
        position,
        `${goQuote(key)} of 'monitor_auth' must have 64 hexadecimal digits behind ${HASH_PREFIX}`,
      );
    }
    set(draft, secret);
  });
}

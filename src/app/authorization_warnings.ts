// What is legal in a configuration's identities and yet no good idea: said once, when the server starts. Pure.
import { Permissions } from '../auth/permissions.ts';
import { isBcrypt } from '../auth/secret.ts';
import type { UserOptions } from '../config/identity_options.ts';
import type { Options } from '../config/options.ts';

/** What whoever pulls from a consumer publishes to. */
const PULL_REQUEST = new TextEncoder().encode('$JS.API.CONSUMER.MSG.NEXT.STREAM.CONSUMER');

/** Users named in one line. */
const NAMES_MAX = 5;

export function authorizationWarnings({ authorization, tls }: Options): string[] {
  const { password, users } = authorization;
  const lines: string[] = [];
  // Compat: auth.go, checkAuthforWarnings.
  const plain = [...(password === null ? [] : [password]), ...users.map((user) => user.password ?? '$2a$00$')].filter(
    // Without a password it is a certificate that says who somebody is.
    (secret) => secret !== '' || tls?.mapsUsers !== true,
  );
  if (!plain.every(isBcrypt)) lines.push('Plaintext passwords detected, use nkeys or bcrypt');
  const mistaken = users.filter(hasConsumersTheWrongWayRound);
  if (mistaken.length === 0) return lines;
  const names = mistaken.slice(0, NAMES_MAX).map(({ name }) => `'${name}'`);
  const who = `User${mistaken.length === 1 ? '' : 's'} ${names.join(', ')}${mistaken.length > NAMES_MAX ? ', ...' : ''}`;
  lines.push(
    `${who} may subscribe to "$JS.API..." but not publish to it, and so cannot consume: requests are published. ` +
      'Allow publish of "$JS.API.CONSUMER.>" and "$JS.ACK.>", and subscribe of "_INBOX.>"',
  );
  return lines;
}

/** The API's subjects are among those to subscribe to, and pulling from a consumer is not allowed. */
function hasConsumersTheWrongWayRound({ permissions }: UserOptions): boolean {
  if (permissions?.subscribe?.allow?.some((subject) => subject.startsWith('$JS.API.')) !== true) return false;
  return !new Permissions(permissions).mayPublish(PULL_REQUEST, 0, PULL_REQUEST.length);
}

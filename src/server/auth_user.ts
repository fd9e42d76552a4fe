// How somebody is called in the log, in monitoring and in answers: by user name, by key, or not by the token at all. No
// secret comes out of here. Compat: client.go, getRawAuthUser, getAuthUser, getAuthUserLabel.
import { goQuote } from '../base/go_quote.ts';
import type { ConnectOptions } from '../wire/connect.ts';

type Presented = Pick<ConnectOptions, 'user' | 'nkey' | 'authToken'>;

const REDACTED = '[REDACTED]';

/** Empty for somebody who presented nothing. */
export function authUser({ nkey, user, authToken }: Presented): string {
  return nkey || user || (authToken === '' ? '' : REDACTED);
}

/** As refusals and removals name it. */
export function authUserText({ nkey, user, authToken }: Presented): string {
  if (nkey !== '') return `Nkey ${goQuote(nkey)}`;
  if (user !== '') return `User ${goQuote(user)}`;
  return authToken === '' ? 'User "N/A"' : `Token ${goQuote(REDACTED)}`;
}

/** Behind the account's name in every line of the log. */
export function authUserLabel({ nkey, user, authToken }: Presented): string {
  if (nkey !== '') return `nkey:${nkey}`;
  if (user !== '') return `user:${user}`;
  return authToken === '' ? '' : 'token';
}

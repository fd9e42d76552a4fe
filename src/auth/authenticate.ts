// Who somebody is that wants in, by what the configuration says: users with passwords or NKeys, one user, one token, or
// nobody in particular. One function for every kind of connection and for those that say nothing, so that no way in is
// checked less than another. Pure: says who it would be, who it is not, or which bcrypt hash decides.
// Compat: auth.go, processClientOrLeafAuthentication; parser.go for those whose first word is not CONNECT.
import type { CertificateFacts } from './certificate.ts';
import { userOfCertificate } from './certificate_user.ts';
import { type PermissionRules, Permissions } from './permissions.ts';
import { equalSecrets, isBcrypt } from './secret.ts';
import { isSignedByUser } from './signature.ts';

/** How somebody is connected, as `allowed_connection_types` names it. */
export type ConnectionType = 'STANDARD' | 'WEBSOCKET' | 'LEAFNODE' | 'LEAFNODE_WS' | 'MQTT' | 'MQTT_WS' | 'IN_PROCESS';

export interface UserRules {
  /** The name, or the public key of an NKey user. */
  readonly name: string;
  /** Plain or a bcrypt hash; null for NKey users. */
  readonly password: string | null;
  readonly account: string;
  /** Null: everything is allowed. */
  readonly permissions: PermissionRules | null;
  /** Empty: all. */
  readonly connectionTypes: readonly string[];
}

export interface AuthenticationRules {
  /** One user or one token where there are no users. */
  readonly user: string | null;
  readonly password: string | null;
  readonly token: string | null;
  readonly users: readonly UserRules[];
  /** Whom those are taken for who present nothing. */
  readonly noAuthUser: string | null;
  /** Users are found by what a verified client certificate says. */
  readonly mapsCertificates: boolean;
}

/** What a client presents. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
  readonly authToken: string;
  readonly nkey: string;
  readonly sig: string;
}

export interface Attempt {
  readonly credentials: Credentials;
  /** Of the INFO that it got; empty without one. */
  readonly nonce: string;
  readonly connectionType: ConnectionType;
  /** Null without a verified certificate. */
  readonly certificate: CertificateFacts | null;
  /** Where it comes from: the passwords of one host are checked one after the other. */
  readonly host: string;
}

export interface Identity {
  /** User name or public key; empty for those who have none. */
  readonly name: string;
  /** Null: the account that everybody starts in. */
  readonly account: string | null;
  readonly permissions: Permissions | null;
  readonly kind: 'user' | 'nkey' | 'single' | 'nobody';
}

export type Verdict = {
  /** How a certificate's user was looked for, for the log. */ readonly notes?: readonly string[];
} & (
  | { readonly kind: 'accepted'; readonly identity: Identity }
  /** `reason` is for the log, never for the client. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It is `identity` if `password` is what `hash` was made from. */
  | { readonly kind: 'unproven'; readonly identity: Identity; readonly password: string; readonly hash: string }
);

interface KnownUser {
  readonly rules: UserRules;
  readonly identity: Identity;
}

const NOBODY: Identity = { name: '', account: null, permissions: null, kind: 'nobody' };

/** The rules, ready for many questions. Made anew when they change. */
export class Authenticator {
  readonly rules: AuthenticationRules;
  /** By what they say. */
  readonly #permissions = new Map<string, Permissions>();
  readonly #users = new Map<string, KnownUser>();
  readonly #nkeys = new Map<string, KnownUser>();

  /** Permissions that say the same as some of `before` are those: whoever has them sees that nothing has changed. */
  constructor(rules: AuthenticationRules, before: Authenticator | null = null) {
    this.rules = rules;
    // Users of default permissions share one list, which is looked at once.
    const compiled = new Map<PermissionRules, Permissions>();
    for (const user of rules.users) {
      const permissions = user.permissions === null ? null : this.#compiled(user.permissions, compiled, before);
      const kind = user.password === null ? 'nkey' : 'user';
      const known = { rules: user, identity: { name: user.name, account: user.account, permissions, kind } as const };
      if (kind === 'nkey') this.#nkeys.set(user.name, known);
      else this.#users.set(user.name, known);
    }
  }

  #compiled(
    rules: PermissionRules,
    compiled: Map<PermissionRules, Permissions>,
    before: Authenticator | null,
  ): Permissions {
    const known = compiled.get(rules);
    if (known !== undefined) return known;
    const text = JSON.stringify(rules);
    const same = this.#permissions.get(text) ?? (before === null ? undefined : before.#permissions.get(text));
    const permissions = same ?? new Permissions(rules);
    this.#permissions.set(text, permissions);
    compiled.set(rules, permissions);
    return permissions;
  }

  /** Whether anything is asked of anybody. */
  get isRequired(): boolean {
    const { user, token, users } = this.rules;
    return users.length > 0 || user !== null || token !== null;
  }

  /** Whether there are keys to be proven, so that INFO must carry a nonce. */
  get needsNonce(): boolean {
    return this.#nkeys.size > 0;
  }

  /** Whether there still is who somebody came in as. */
  knows({ kind, name }: Identity): boolean {
    if (!this.isRequired) return true;
    if (kind === 'user') return this.#users.has(name);
    return kind !== 'nkey' || this.#nkeys.has(name);
  }

  authenticate(attempt: Attempt): Verdict {
    if (!this.isRequired) return { kind: 'accepted', identity: NOBODY };
    const credentials = this.#withNoAuthUser(attempt.credentials);
    if (this.#nkeys.size > 0 && credentials.nkey !== '') return this.#authenticateNkey(credentials, attempt);
    if (this.#users.size > 0) {
      if (this.rules.mapsCertificates) return this.#authenticateCertificate(attempt);
      if (credentials.user !== '') return this.#authenticateUser(credentials, attempt);
    }
    return this.#authenticateSingle(credentials);
  }

  /** For whoever starts with something else than CONNECT: only a user with a name may stand for them. */
  authenticateSilent(attempt: Attempt): Verdict {
    const { noAuthUser } = this.rules;
    if (noAuthUser === null || !this.#users.has(noAuthUser)) return refused('nothing was presented');
    return this.authenticate(attempt);
  }

  /** Those who present nothing present what the no_auth_user would, the same checks follow. */
  #withNoAuthUser(given: Credentials): Credentials {
    const { noAuthUser } = this.rules;
    const isSilent = given.user === '' && given.pass === '' && given.authToken === '';
    if (noAuthUser === null || !isSilent) return given;
    if (given.nkey === '' && this.#nkeys.has(noAuthUser)) return { ...given, nkey: noAuthUser };
    const known = this.#users.get(noAuthUser);
    if (known === undefined) return given;
    return { ...given, user: noAuthUser, pass: known.rules.password ?? '' };
  }

  #authenticateNkey(credentials: Credentials, attempt: Attempt): Verdict {
    const known = this.#nkeys.get(credentials.nkey);
    if (known === undefined || !isTypeAllowed(known, attempt.connectionType))
      return refused('unknown NKey, or not for this connection');
    const isProven =
      credentials.nkey === this.rules.noAuthUser || isSignedByUser(credentials.nkey, attempt.nonce, credentials.sig);
    return isProven ? { kind: 'accepted', identity: known.identity } : refused('signature not verified');
  }

  #authenticateUser(credentials: Credentials, attempt: Attempt): Verdict {
    const known = this.#users.get(credentials.user);
    if (known === undefined || !isTypeAllowed(known, attempt.connectionType))
      return refused('unknown user, or not for this connection');
    return proof(known.identity, known.rules.password ?? '', credentials.pass, attempt.credentials.pass);
  }

  /** A password that was left in the configuration is asked for all the same. */
  #authenticateCertificate({ certificate, credentials, connectionType }: Attempt): Verdict {
    if (certificate === null) return refused('User required in cert, no peer certificates found');
    const found = userOfCertificate(certificate, this.#users, (known) => isTypeAllowed(known, connectionType));
    const { user, notes } = found;
    if (user === null) return { ...refused(notes.at(-1) ?? ''), notes: notes.slice(0, -1) };
    return { ...proof(user.identity, user.rules.password ?? '', credentials.pass, credentials.pass), notes };
  }

  #authenticateSingle(given: Credentials): Verdict {
    const { user, password, token } = this.rules;
    const identity: Identity = { ...NOBODY, name: given.user, kind: 'single' };
    if (token !== null) return proof(identity, token, given.authToken, given.authToken);
    if (user === null || !equalSecrets(user, given.user)) return refused('nothing right was presented');
    return proof(identity, password ?? '', given.pass, given.pass);
  }
}

/** `presented` is what came over the wire, `given` what stands for it. */
function proof(identity: Identity, secret: string, given: string, presented: string): Verdict {
  if (!isBcrypt(secret)) {
    return equalSecrets(secret, given) ? { kind: 'accepted', identity } : refused('wrong password or token');
  }
  // A hash stands for nobody who presented nothing: as its own password it is wrong.
  if (given !== presented) return refused('the no_auth_user has a bcrypt password, which nobody presented');
  return { kind: 'unproven', identity, password: given, hash: secret };
}

function refused(reason: string): Verdict {
  return { kind: 'refused', reason };
}

function isTypeAllowed({ rules }: KnownUser, connectionType: ConnectionType): boolean {
  return rules.connectionTypes.length === 0 || rules.connectionTypes.includes(connectionType);
}

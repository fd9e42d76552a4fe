// Files of credentials as the tools of NATS write them: a user's JWT that an account has signed, and the user's seed.
// Test code.
import { createAccount, createUser } from '@nats-io/nkeys';

export interface CredentialsOptions {
  /** Unix seconds; never where it is not given. */
  readonly expires?: number;
  /** Says something else than what was signed. */
  readonly isForged?: boolean;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function credentialsText({ expires, isForged = false }: CredentialsOptions = {}): string {
  const account = createAccount();
  const user = createUser();
  const claims = {
    jti: 'X',
    iat: 1_700_000_000,
    iss: account.getPublicKey(),
    name: 'tester',
    sub: user.getPublicKey(),
    nats: { pub: {}, sub: {}, subs: -1, data: -1, payload: -1, type: 'user', version: 2 },
    ...(expires === undefined ? {} : { exp: expires }),
  };
  const signed = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`;
  const signature = Buffer.from(account.sign(Buffer.from(signed))).toString('base64url');
  const shown = isForged ? signed.replace(/\..*/, `.${encoded({ ...claims, name: 'somebody else' })}`) : signed;
  const seed = Buffer.from(user.getSeed()).toString();
  return [
    '-----BEGIN NATS USER JWT-----',
    `${shown}.${signature}`,
    '------END NATS USER JWT------',
    '',
    '-----BEGIN USER NKEY SEED-----',
    seed,
    '------END USER NKEY SEED------',
    '',
  ].join('\n');
}

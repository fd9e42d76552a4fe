// Whom the server trusts and how it proves itself: TLS at the top of the file; operators, account resolvers and OCSP as `-t`
// judges them.
import { decodeNkey, NKEY_OPERATOR } from '../../base/nkey.ts';
import type { ConfigValue } from '../config_node.ts';
import type { ConfigSource } from '../config_source.ts';
import { goQuote } from '../go_text.ts';
import { bareToken, JWT_BEGINNING, tokenFault } from '../jwt_text.ts';
import type { OptionsDraft } from '../options_draft.ts';
import { booleanKey, type Entry, type KeyRule, later, textsKey, valueKey } from '../schema.ts';
import { ocspCacheKey, ocspKey } from './ocsp.ts';
import { resolverKey } from './resolver.ts';
import { tlsKey } from './tls.ts';

const TOKEN_BYTES_MAX = 1024 * 1024;

export const TRUST_KEYS: readonly KeyRule<OptionsDraft>[] = [
  tlsKey(
    'tls',
    (draft, tls) => {
      draft.tls = tls;
    },
    { isClientFacing: true },
  ),
  booleanKey(['allow_non_tls'], (draft, allows) => {
    draft.allowsNonTls = allows;
  }),
  later(ocspKey()),
  later(ocspCacheKey()),
  later(
    textsKey(
      ['operator', 'operators', 'roots', 'root', 'root_operators', 'root_operator'],
      (_draft, operators, { position, findings }) => {
        findings.whenRead((source) => {
          for (const operator of operators) {
            const fault = operatorFault(operator, source);
            if (fault !== null) findings.error(position, `error parsing operator JWT: ${fault}`);
          }
        });
      },
      'operators',
    ),
  ),
  later(resolverKey()),
  later(tlsKey('resolver_tls', undefined, { isClientFacing: true })),
  later(valueKey(['resolver_preload'], readPreload)),
  later(textsKey(['resolver_pinned_accounts'])),
  later(
    textsKey(
      ['trusted_keys', 'trusted'],
      (_draft, keys, { position, findings }) => {
        for (const key of keys) {
          if (decodeNkey(NKEY_OPERATOR, key) !== null) continue;
          findings.error(position, `trust key ${goQuote(key)} required to be a valid public operator nkey`);
        }
      },
      'trusted',
    ),
  ),
];

/** A file with a token, or the token itself. Compat: jwt.go, readOperatorJWT. */
function operatorFault(operator: string, source: ConfigSource): string | null {
  const file = source.readFile(operator, TOKEN_BYTES_MAX);
  if (!file.ok && !operator.startsWith(JWT_BEGINNING)) return file.error;
  const text = file.ok ? Buffer.from(file.value).toString('utf8') : operator;
  return tokenFault(bareToken(text), 'operator', (...signed) => source.isSigned(...signed));
}

function readPreload(_draft: OptionsDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind !== 'map') {
    return findings.error(position, 'preload should be a map of account_public_key:account_jwt');
  }
  for (const node of value.entries.values()) {
    const token = node.value;
    if (token.kind !== 'string') findings.error(node.position, 'preload map value should be a string JWT');
    else {
      findings.whenRead((source) => {
        const fault = tokenFault(token.value, 'account', (...signed) => source.isSigned(...signed));
        if (fault !== null) findings.error(node.position, 'invalid account JWT');
      });
    }
  }
}

// Somebody else who decides about clients: `auth_callout`, as `-t` judges it.
// Compat: opts.go, parseAuthCallout.
import { decodeNkey, NKEY_ACCOUNT, NKEY_CURVE } from '../../base/nkey.ts';
import { goTypeName, shownValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { blockRule, type KeyRule, readBlock, type Setter, textKey, valueKey } from '../schema.ts';

export interface CalloutDraft {
  issuer: string;
  /** Empty: not said, or not right. */
  users: readonly string[];
  allowedAccounts: readonly string[];
  isValid: boolean;
}

const CALLOUT_BLOCK = blockRule<CalloutDraft>(
  '',
  [
    textKey(['issuer'], (draft, issuer, { position, findings }) => {
      draft.issuer = issuer;
      if (decodeNkey(NKEY_ACCOUNT, issuer) !== null) return;
      draft.isValid = false;
      const text = `Expected callout user to be a valid public account nkey, got ${goQuote(issuer)}`;
      findings.error(position, text);
    }),
    textKey(['account', 'acc']),
    namesKey(['auth_users', 'users'], 'auth_users', (draft, users) => {
      draft.users = [...draft.users, ...users];
    }),
    textKey(['xkey', 'key'], (draft, key, { position, findings }) => {
      if (decodeNkey(NKEY_CURVE, key) !== null) return;
      draft.isValid = false;
      findings.error(position, `Expected callout xkey to be a valid public xkey, got ${goQuote(key)}`);
    }),
    namesKey(['allowed_accounts'], 'allowed accounts', (draft, accounts) => {
      draft.allowedAccounts = [...draft.allowedAccounts, ...accounts];
    }),
  ],
  (key) => `Unknown field ${goQuote(key)} parsing authorization callout`,
);

/** `set` is called where nothing about the callout as a whole is wrong. */
export function authCalloutKey<Draft>(set: Setter<Draft, CalloutDraft>): KeyRule<Draft> {
  return valueKey(['auth_callout', 'auth_hook'], (draft, value, entry) => {
    const { position, findings } = entry;
    if (value.kind !== 'map') {
      const expected = 'Expected authorization callout to be a map/struct';
      return findings.error(position, `${expected}, got ${shownValue(value)}`);
    }
    const callout: CalloutDraft = { issuer: '', users: [], allowedAccounts: [], isValid: true };
    readBlock(CALLOUT_BLOCK, value, callout, findings);
    const end = [...value.entries.values()].at(-1)?.position ?? position;
    if (!callout.isValid) return;
    if (callout.issuer === '') findings.error(end, 'Authorization callouts require an issuer to be specified');
    else if (callout.users.length === 0) {
      findings.error(end, 'Authorization callouts require authorized users to be specified');
    } else set(draft, callout, entry);
  });
}

function namesKey(
  names: readonly string[],
  field: string,
  set: Setter<CalloutDraft, readonly string[]>,
): KeyRule<CalloutDraft> {
  return valueKey(names, (draft, value, entry) => {
    const { position, findings } = entry;
    if (value.kind !== 'array') {
      draft.isValid = false;
      return findings.error(position, `Expected ${field} field to be an array, got ${goTypeName(value)}`);
    }
    const texts: string[] = [];
    for (const item of value.items) {
      if (item.value.kind === 'string') texts.push(item.value.value);
      else {
        draft.isValid = false;
        findings.error(item.position, `${field} must be strings, but one is ${goTypeName(item.value)}`);
      }
    }
    set(draft, texts, entry);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createAccount,
  createCluster,
  createCurve,
  createOperator,
  createServer,
  createUser,
  fromPublic,
} from '@nats-io/nkeys';
import {
  decodeNkey,
  decodeNkeySeed,
  encodeNkey,
  isPublicNkey,
  NKEY_ACCOUNT,
  NKEY_BYTES,
  NKEY_SERVER,
  NKEY_USER,
} from './nkey.ts';

test('encodeNkey() makes server keys that the official library accepts', () => {
  for (let i = 0; i < 20; i++) {
    const key = new Uint8Array(NKEY_BYTES).map((_, at) => (at * 31 + i * 77) & 255);
    const id = encodeNkey(NKEY_SERVER, key);
    assert.match(id, /^N[A-Z2-7]{55}$/);
    assert.equal(fromPublic(id).getPublicKey(), id);
    assert.deepEqual(decodeNkey(NKEY_SERVER, id), key);
  }
});

test('decodeNkey() reads what the official library makes, of the kind that was asked for', () => {
  for (let i = 0; i < 20; i++) {
    const user = createUser().getPublicKey();
    const account = createAccount().getPublicKey();
    assert.equal(encodeNkey(NKEY_USER, decodeNkey(NKEY_USER, user) as Uint8Array), user);
    assert.equal(encodeNkey(NKEY_ACCOUNT, decodeNkey(NKEY_ACCOUNT, account) as Uint8Array), account);
    assert.equal(decodeNkey(NKEY_ACCOUNT, user), null);
    assert.equal(decodeNkey(NKEY_USER, account), null);
  }
});

test('decodeNkey() refuses every cut, every wrong letter and every swapped letter', () => {
  const text = createUser().getPublicKey();
  for (let length = 0; length < text.length; length++) {
    assert.equal(decodeNkey(NKEY_USER, text.slice(0, length)), null);
    assert.equal(decodeNkey(NKEY_USER, text.slice(length + 1)), null);
  }
  for (let at = 0; at < text.length; at++) {
    for (const letter of ['1', '8', '=', ' ', 'a', 'Ä', '\0', text[at] === 'Q' ? 'R' : 'Q']) {
      const wrong = text.slice(0, at) + letter + text.slice(at + 1);
      assert.equal(decodeNkey(NKEY_USER, wrong), null, `${letter} at ${at}`);
    }
  }
  assert.equal(decodeNkey(NKEY_USER, `${text}A`), null);
  assert.equal(decodeNkey(NKEY_USER, text.toLowerCase()), null);
});

test('isPublicNkey() takes every kind of key, and no seed', () => {
  for (const make of [createAccount, createCluster, createCurve, createOperator, createServer, createUser]) {
    const pair = make();
    assert.equal(isPublicNkey(pair.getPublicKey()), true);
    assert.equal(isPublicNkey(new TextDecoder().decode(pair.getSeed())), false);
  }
  for (const text of ['', 'x', 'UA']) assert.equal(isPublicNkey(text), false);
});

test('decodeNkeySeed() knows whose seed it is, and takes no other text', () => {
  const seed = new TextDecoder().decode(createUser().getSeed());
  assert.equal(decodeNkeySeed(seed)?.prefix, NKEY_USER);
  assert.equal(decodeNkeySeed(seed)?.seed.length, NKEY_BYTES);
  assert.equal(decodeNkeySeed(new TextDecoder().decode(createAccount().getSeed()))?.prefix, NKEY_ACCOUNT);
  const wrong = [
    createUser().getPublicKey(),
    seed.slice(1),
    `${seed}A`,
    `${seed.slice(0, -1)}1`,
    seed.toLowerCase(),
    '',
  ];
  for (const text of wrong) assert.equal(decodeNkeySeed(text), null, text);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import { isSignedByUser } from './signature.ts';

const encoder = new TextEncoder();
const NONCE = 'kMq4ZAJkxbPmV0c';

function signed(nonce: string): { readonly key: string; readonly signature: Buffer } {
  const user = createUser();
  return { key: user.getPublicKey(), signature: Buffer.from(user.sign(encoder.encode(nonce))) };
}

test('a signature over the nonce proves the key, in both base64 forms', () => {
  for (let i = 0; i < 10; i++) {
    const { key, signature } = signed(NONCE);
    assert.ok(isSignedByUser(key, NONCE, signature.toString('base64url')));
    assert.ok(isSignedByUser(key, NONCE, signature.toString('base64')));
  }
});

test('another nonce, another key and every flipped bit of the signature prove nothing', () => {
  const { key, signature } = signed(NONCE);
  assert.ok(!isSignedByUser(key, `${NONCE}x`, signature.toString('base64url')));
  assert.ok(!isSignedByUser(key, '', signature.toString('base64url')));
  assert.ok(!isSignedByUser(createUser().getPublicKey(), NONCE, signature.toString('base64url')));
  for (let bit = 0; bit < 512; bit++) {
    const wrong = Buffer.from(signature);
    wrong[bit >>> 3] = (wrong[bit >>> 3] as number) ^ (1 << (bit & 7));
    assert.ok(!isSignedByUser(key, NONCE, wrong.toString('base64url')), `bit ${bit}`);
  }
});

test('keys and signatures of the wrong form are refused before any cipher sees them', () => {
  const { key, signature } = signed(NONCE);
  const text = signature.toString('base64url');
  for (const wrong of ['', text.slice(1), `${text}A`, `${text}=`, `${text.slice(0, -1)}!`, '\0', ' '.repeat(86)]) {
    assert.ok(!isSignedByUser(key, NONCE, wrong), wrong);
  }
  for (let length = 0; length < key.length; length++) assert.ok(!isSignedByUser(key.slice(0, length), NONCE, text));
});

test('a signature whose scalar is not reduced is refused: nobody can make a second one from the first', () => {
  const { key, signature } = signed(NONCE);
  // s + L, with L = 2^252 + 27742317777372353535851937790883648493.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let scalar = 0n;
  for (let i = 31; i >= 0; i--) scalar = (scalar << 8n) | BigInt(signature[32 + i] as number);
  scalar += order;
  const wrong = Buffer.from(signature);
  for (let i = 0; i < 32; i++) wrong[32 + i] = Number((scalar >> BigInt(8 * i)) & 255n);
  assert.ok(!isSignedByUser(key, NONCE, wrong.toString('base64url')));
});

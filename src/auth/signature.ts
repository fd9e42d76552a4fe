// Whether a client holds the key that it claims: checks the signature it made over the nonce of its INFO. Form first (length,
// prefix, checksum of the key; length of the signature), so that nothing of the wrong size reaches the cipher. Pure.
import { createPublicKey, verify } from 'node:crypto';
import { decodeNkey, NKEY_USER } from '../base/nkey.ts';

const SIGNATURE_BYTES = 64;
/** What stands in front of an Ed25519 key in DER. Source: RFC 8410. */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** `signature` as CONNECT carries it: base64, for URLs without padding, or the standard one. */
export function isSignedByUser(publicKey: string, nonce: string, signature: string): boolean {
  const key = decodeNkey(NKEY_USER, publicKey);
  const bytes = decodeSignature(signature);
  if (key === null || bytes === null || nonce === '') return false;
  const der = Buffer.concat([DER_PREFIX, key]);
  return verify(null, Buffer.from(nonce), createPublicKey({ key: der, format: 'der', type: 'spki' }), bytes);
}

/** Null when it is not 64 bytes. Compat: auth.go: RawURLEncoding, else StdEncoding. */
function decodeSignature(text: string): Buffer | null {
  let bytes: Buffer;
  if (/^[A-Za-z0-9_-]{86}$/.test(text)) bytes = Buffer.from(text, 'base64url');
  else if (/^[A-Za-z0-9+/]{86}==$/.test(text)) bytes = Buffer.from(text, 'base64');
  else return null;
  return bytes.length === SIGNATURE_BYTES ? bytes : null;
}

// Files, environment and hash for reading a configuration. Called through config/config_source.ts's interface by app/.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { fileReason } from './_file_reason.ts';
import { type TlsFiles, tlsFilesFault } from './node_tls.ts';

const OWNER_WRITES = 0o200;

export class NodeConfigSource {
  readFile(path: string, bytesMax: number): Parsed<Uint8Array> {
    let operation = 'open';
    try {
      const file = openSync(path, 'r');
      try {
        operation = 'read';
        if (fstatSync(file).isDirectory()) return refused(`read ${path}: is a directory`);
        const bytes = readUpTo(file, bytesMax + 1);
        return bytes.length > bytesMax ? refused(`read ${path}: more than ${bytesMax} bytes`) : parsed(bytes);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      return refused(`${operation} ${path}: ${fileReason(error)}`);
    }
  }

  environment(name: string): string | null {
    return process.env[name] ?? null;
  }

  tlsFault(files: TlsFiles): string | null {
    return tlsFilesFault(files);
  }

  kindOf(path: string): 'directory' | 'read-only directory' | 'other' | null {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    if (!stats.isDirectory()) return 'other';
    return (stats.mode & OWNER_WRITES) === 0 ? 'read-only directory' : 'directory';
  }

  isSigned(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') };
    return verify(null, bytes, createPublicKey({ key: jwk, format: 'jwk' }), signature);
  }

  sha256(text: string): string {
    return createHash('sha256').update(text, 'utf8').digest('hex');
  }
}

/** Also from a pipe, which has no size. */
function readUpTo(file: number, bytesMax: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < bytesMax) {
    const part = new Uint8Array(Math.min(64 * 1024, bytesMax - length));
    const count = readSync(file, part);
    if (count === 0) break;
    parts.push(part.subarray(0, count));
    length += count;
  }
  return Buffer.concat(parts, length);
}

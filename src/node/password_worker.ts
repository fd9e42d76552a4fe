// The worker thread of node_password_checker.ts: compares one password with one bcrypt hash at a time and says whether it
// is right. Knows nothing else of the server.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { PasswordQuestion } from '../ports/password_checker.ts';

parentPort?.on('message', ({ password, hash }: PasswordQuestion) => {
  parentPort?.postMessage(isRight(password, hash));
});

/** A hash of the wrong form proves nobody. */
function isRight(password: string, hash: string): boolean {
  try {
    return compareSync(password, canonical(hash));
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** All the versions are the same algorithm for us; the library knows `2a`, `2b` and `2y`. */
function canonical(hash: string): string {
  return hash.replace(/^\$2x\$/, '$2a$');
}

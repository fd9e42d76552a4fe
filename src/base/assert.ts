// Assertions: what must hold whatever the world and the peers do. A failed one is a bug in this code, and it fences
// the stream, consumer or connection it was found in. Never assert on a peer's bytes or on what a disk returned.

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

export function assert(condition: boolean, whatMustHold: string): asserts condition {
  if (!condition) throw new AssertionError(whatMustHold);
}

/** For the end of a switch over a union: the compiler proves that nothing reaches it. */
export function unreachable(value: never): never {
  throw new AssertionError(`Unexpected case ${String(value)}`);
}

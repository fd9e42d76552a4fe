// What byte_reader and byte_writer throw. A codec catches it where it began and makes a value or an OperatingError of
// it: bytes of a peer or a disk are never a bug.

/** `overrun`: the bytes, or the room for them, ended. `range`: a number beyond what is asked for. */
export type ByteErrorKind = 'overrun' | 'range';

export class ByteError extends Error {
  override readonly name = 'ByteError';
  readonly kind: ByteErrorKind;
  readonly position: number;

  constructor(kind: ByteErrorKind, position: number, what: string) {
    super(`${what} at byte ${position}`);
    this.kind = kind;
    this.position = position;
  }
}

// How many bytes an S2 stream is when it is unpacked, told by its chunks' own heads as they pass: what a backup's progress is
// measured in. Unpacks nothing, checks no sums.
//   chunk   type (1) | length (3, little-endian) | body
//   0x00    compressed: sum (4) | length unpacked (varint) | ...
//   0x01    as it is: sum (4) | bytes
//   others  the stream's name, padding, an index
const COMPRESSED = 0x00;
const PLAIN = 0x01;
const HEAD_BYTES = 4;
const SUM_BYTES = 4;
/** Of a body, what is looked at: the sum and the longest length there can be. */
const PEEK_BYTES = SUM_BYTES + 5;

export class S2Length {
  readonly #head: Uint8Array;
  #headBytes: number;
  /** Of the current chunk's body, what is still to pass. */
  #left: number;
  #bytes: number;

  constructor() {
    this.#head = new Uint8Array(HEAD_BYTES + PEEK_BYTES);
    this.#headBytes = 0;
    this.#left = 0;
    this.#bytes = 0;
  }

  /** Of what has passed. */
  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const wanted = this.#wanted();
      if (this.#headBytes < wanted) {
        this.#head[this.#headBytes++] = piece[at++] ?? 0;
        if (this.#headBytes === this.#wanted()) this.#begin();
        continue;
      }
      const passed = Math.min(this.#left, piece.length - at);
      this.#left -= passed;
      at += passed;
      if (this.#left === 0) this.#headBytes = 0;
    }
  }

  #bodyBytes(): number {
    const [, low = 0, middle = 0, high = 0] = this.#head;
    return low | (middle << 8) | (high << 16);
  }

  /** How much of a chunk is kept to look at. */
  #wanted(): number {
    if (this.#headBytes < HEAD_BYTES) return HEAD_BYTES;
    return HEAD_BYTES + (this.#head[0] === COMPRESSED ? Math.min(PEEK_BYTES, this.#bodyBytes()) : 0);
  }

  #begin(): void {
    const bodyBytes = this.#bodyBytes();
    if (this.#head[0] === PLAIN) this.#bytes += Math.max(0, bodyBytes - SUM_BYTES);
    if (this.#head[0] === COMPRESSED) this.#bytes += this.#unpackedBytes();
    this.#left = bodyBytes - (this.#headBytes - HEAD_BYTES);
    if (this.#left === 0) this.#headBytes = 0;
  }

  #unpackedBytes(): number {
    let bytes = 0;
    let scale = 1;
    for (const byte of this.#head.subarray(HEAD_BYTES + SUM_BYTES, this.#headBytes)) {
      bytes += (byte & 0x7f) * scale;
      if (byte < 0x80) return bytes;
      scale *= 128;
    }
    return bytes;
  }
}

// The header block of a message (`NATS/1.0[ status]CRLF (key: value CRLF)* CRLF`) read where it lies: nothing is copied
// and nothing parsed that nobody asks for. Keys are compared byte for byte, case included, as the reference does.
// Never trusts the block: what does not look like a header is passed over.
// Compat: client.go, getHeaderKeyIndex and sliceHeader.

const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;

/** A walk over the lines of one block. Reused from message to message. */
export class HeaderCursor {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;

  /** Starts on the block `bytes[start..end)`, behind its first line. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.#at = skipLine(bytes, start, end);
  }

  /** Moves to the next line that has a key; false at the end. */
  next(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    while (this.#at < end) {
      const lineStart = this.#at;
      let i = lineStart;
      let colon = -1;
      while (i < end && !(bytes[i] === LF && i > lineStart && bytes[i - 1] === CR)) {
        if (colon < 0 && bytes[i] === COLON) colon = i;
        i++;
      }
      this.#at = i + 1;
      if (colon < 0) continue;
      const valueEnd = i < end ? i - 1 : end;
      let valueStart = colon + 1;
      while (valueStart < valueEnd && bytes[valueStart] === SPACE) valueStart++;
      this.keyStart = lineStart;
      this.keyEnd = colon;
      this.valueStart = valueStart;
      this.valueEnd = valueEnd;
      return true;
    }
    return false;
  }
}

function skipLine(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start + 1; i < end; i++) if (bytes[i] === LF && bytes[i - 1] === CR) return i + 1;
  return end;
}

export function sliceEquals(bytes: Uint8Array, start: number, end: number, want: Uint8Array): boolean {
  if (end - start !== want.length) return false;
  for (let i = 0; i < want.length; i++) if (bytes[start + i] !== want[i]) return false;
  return true;
}

/** The value of one header as text, null when it is not there. For paths that are not hot. */
export function headerText(bytes: Uint8Array, start: number, end: number, key: string): string | null {
  const want = new TextEncoder().encode(key);
  const cursor = new HeaderCursor();
  cursor.open(bytes, start, end);
  while (cursor.next()) {
    if (sliceEquals(bytes, cursor.keyStart, cursor.keyEnd, want)) {
      return new TextDecoder().decode(bytes.subarray(cursor.valueStart, cursor.valueEnd));
    }
  }
  return null;
}

/**
 * The block without a status on its first line and without any line of these keys; empty when no line is left.
 * For the rare message that carries what only the server may say.
 */
export function withoutHeaders(bytes: Uint8Array, start: number, end: number, keys: readonly Uint8Array[]): Uint8Array {
  const cursor = new HeaderCursor();
  cursor.open(bytes, start, end);
  const kept: Uint8Array[] = [new TextEncoder().encode('NATS/1.0\r\n')];
  while (cursor.next()) {
    const isDropped = keys.some((key) => sliceEquals(bytes, cursor.keyStart, cursor.keyEnd, key));
    if (!isDropped) kept.push(bytes.subarray(cursor.keyStart, Math.min(end, cursor.valueEnd + 2)));
  }
  if (kept.length === 1) return new Uint8Array(0);
  kept.push(new Uint8Array([CR, LF]));
  const block = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of kept) {
    block.set(part, at);
    at += part.length;
  }
  return block;
}

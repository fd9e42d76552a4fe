// Test code: makes tar archives, right ones and others. Only tests import it.

export interface TarEntry {
  readonly name: string;
  readonly bytes?: Uint8Array | string;
  /** A file where it is not given. */
  readonly type?: string;
}

const BLOCK_BYTES = 512;

export function tarOf(entries: readonly TarEntry[], hasEnd = true): Uint8Array {
  const blocks = entries.flatMap(({ name, bytes = '', type = '0' }) => {
    const content = Buffer.from(bytes);
    const filled = Buffer.alloc(Math.ceil(content.length / BLOCK_BYTES) * BLOCK_BYTES);
    content.copy(filled);
    return [headerOf(name, content.length, type), filled];
  });
  return Buffer.concat([...blocks, Buffer.alloc(hasEnd ? 2 * BLOCK_BYTES : 0)]);
}

/** What a pax header says of the next file. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length++;
  return `${length}${rest}`;
}

function headerOf(name: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name.slice(0, 100), 0);
  header.write('0000600\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

// A message's header block as the server stores it: `NATS/1.0`, then `Name: value` lines.

/** In the order they stand; a status in the first line is none of them. */
export function parseHeaderBlock(block: Uint8Array): [name: string, value: string][] {
  const lines = Buffer.from(block).toString('utf8').split('\r\n').slice(1);
  return lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon <= 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]];
  });
}

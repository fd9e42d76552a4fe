// Message headers as people type them: `Name:value`.
import { UsageError } from '../errors.ts';

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

export function parseHeader(text: string): HeaderField {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).trim();
  if (colon < 0 || name === '' || /[\r\n]/.test(text)) {
    throw new UsageError(`--header '${text}' is no header: write it like 'Name: value'`);
  }
  return { name, value: text.slice(colon + 1).trim() };
}

// An object as YAML in the person's editor, and back.
import { parse, stringify } from 'yaml';
import { errorText } from '../../base/errors.ts';
import { CommandError } from '../errors.ts';
import { jsonText } from '../output/json.ts';
import type { Session } from '../session.ts';
import { editText } from './editor.ts';

export async function editObject(
  session: Session,
  before: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  // Through JSON, so that numbers of any size are written as they are.
  const yaml = stringify(JSON.parse(jsonText(before)), { version: '1.1', lineWidth: 0 });
  const text = await editText(session, { text: yaml, suffix: '.yaml' });
  let value: unknown;
  try {
    value = parse(text, { version: '1.1' });
  } catch (error) {
    throw new CommandError(`What was edited is no YAML, nothing was changed: ${errorText(error)}`);
  }
  if (typeof value !== 'object' || value === null)
    throw new CommandError('What was edited is empty, nothing was changed');
  return { ...value };
}

// Splits a command that a person wrote into one string (--translate, --command, $EDITOR) into words, with a shell's
// quotes and backslashes and nothing else of a shell.
import { CommandError } from '../errors.ts';

export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let isWord = false;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quote === "'") {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '\\' && (quote === '' || /["\\$`]/.test(text.charAt(i + 1)))) {
      word += text.charAt(++i);
      isWord = true;
    } else if (quote === '"') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      isWord = true;
    } else if (/\s/.test(character)) {
      if (isWord) words.push(word);
      word = '';
      isWord = false;
    } else {
      word += character;
      isWord = true;
    }
  }
  if (quote !== '') throw new CommandError(`Cannot read the command '${text}': a ${quote} is not closed`);
  if (isWord) words.push(word);
  if (words.length === 0) throw new CommandError('Cannot run an empty command');
  return words;
}

// How many columns of a terminal a text takes: letters of East Asian scripts and most emoji take two, marks that are put
// upon a letter and colour codes take none.

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
const COLOR_CODES = /\u001b\[[\d;]*m/g;
const PLAIN = /^[\u0020-\u007e]*$/;
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const letter of text.replace(COLOR_CODES, '')) {
    if (NOTHING.test(letter)) continue;
    width += WIDE.test(letter) ? 2 : 1;
  }
  return width;
}

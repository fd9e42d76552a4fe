// The order of texts in which Go sorts strings: by their UTF-8 bytes, which is by code point. JavaScript's own order is
// by 16-bit unit and differs beyond U+FFFF. For everything that is shown sorted as nats-server shows it.

/** Negative, 0 or positive as `a` sorts before, with or behind `b`. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points beyond every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

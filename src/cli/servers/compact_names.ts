// Host names without the domain that all of them share: `n1.example.net` and `n2.example.net` are `n1` and `n2`. The first
// word always stays. Addresses have no domain and stay whole.

const ADDRESS = /^[\d.]+$|:/;

export function compactNames(names: readonly string[]): string[] {
  const split = names.map((name) => name.split('.'));
  const shortest = Math.min(...split.map((words) => words.length));
  const [first = []] = split;
  let shared = 0;
  // Compat: words are compared from where the shortest name ends, not from the end of each.
  for (let i = shortest - 1; i > 0 && split.every((words) => words[i] === first[i]); i--) shared++;
  const tail = shared === 0 ? '' : `.${first.slice(shortest - shared, shortest).join('.')}`;
  return names.map((name) => (tail !== '' && !ADDRESS.test(name) && name.endsWith(tail) ? cut(name, tail) : name));
}

function cut(name: string, tail: string): string {
  return name.slice(0, -tail.length);
}

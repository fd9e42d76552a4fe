// The name of an object that a file's path gives. Compat: Go's path/filepath Clean.

/** `./a//b/../c` is `a/c`; nothing stays empty. */
export function objectName(path: string): string {
  if (path === '') return '';
  const kept: string[] = [];
  for (const word of path.split('/')) {
    if (word === '' || word === '.') continue;
    if (word !== '..') kept.push(word);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!path.startsWith('/')) kept.push(word);
  }
  const joined = kept.join('/');
  if (path.startsWith('/')) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

/** The last word of a name: what its file is called. */
export function fileNameOf(name: string): string {
  return (
    name
      .split('/')
      .filter((word) => word !== '')
      .at(-1) ?? ''
  );
}

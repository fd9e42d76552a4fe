// Where an included file is. Text only: nothing is looked up.

/**
 * `name` relative to the folder of `file`, cleaned of `.`, `..` and double slashes. A name that starts with a slash is
 * relative too. Compat: conf/parse.go, processItem, with Go's filepath.Join.
 */
export function includedPath(file: string, name: string): string {
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return cleanPath(`${folder === '' ? '.' : folder}/${name}`);
}

/** Compat: Go filepath.Clean, for paths with slashes. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith('/');
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    const canGoUp = names.length > 0 && names.at(-1) !== '..';
    if (name !== '..') names.push(name);
    else if (canGoUp) names.pop();
    else if (!isAbsolute) names.push(name);
  }
  const text = names.join('/');
  if (isAbsolute) return `/${text}`;
  return text === '' ? '.' : text;
}
